"""Test of the public surface: every change must be recorded."""

from support.surface import RECORDED, surface


def test_public_surface_equals_the_recorded_file():
    """Compare the surface with the record.

    After an intended change, run ``python tests/support/surface.py``, and add a line to CHANGELOG.md.
    """
    assert surface() == RECORDED.read_text(encoding="utf-8")
