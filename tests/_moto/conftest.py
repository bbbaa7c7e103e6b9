"""Fixtures for the tests of the integration with moto."""

import pytest

import moto_featurestore
from moto_featurestore._moto import patches


@pytest.fixture
def not_installed():
    """Run the test without ``install()``, which the server of other tests calls in this process."""
    was_installed = patches._activity._is_installed
    moto_featurestore.uninstall()
    yield
    if was_installed:
        moto_featurestore.install()
    else:
        moto_featurestore.uninstall()
