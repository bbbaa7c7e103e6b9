"""The public surface does not change unnoticed."""

from support.surface import RECORDED, surface


def test_public_surface_is_the_recorded_one():
    """If this fails on purpose: ``python tests/support/surface.py``, and a line in CHANGELOG.md."""
    assert surface() == RECORDED.read_text(encoding="utf-8")
