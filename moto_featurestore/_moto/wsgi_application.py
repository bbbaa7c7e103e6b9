"""moto's WSGI application with the Feature Store in it, and what its requests need of an HTTP server."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.core import request
from moto.moto_server import werkzeug_app

from moto_featurestore._moto.entry_points import is_runtime_request
from moto_featurestore._moto.patches import install
from moto_featurestore.settings import check_settings

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_ORIGINAL_NAMES = getattr(request, "PRESERVED_HEADER_NAMES_ENVIRON_KEY", "")
"""The key under which moto looks for the original names of headers; moto 5.2.4 does not look for them."""


def application() -> App:
    """Return the WSGI application: moto's, with the Feature Store in it.

    :raises ValueError: if a setting in the environment has an unknown value
    """
    check_settings({})  # a wrong setting is reported now, not to the first caller who is denied
    install()
    app: App = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    return app


def is_feature_store_request(environ: dict[str, Any]) -> bool:
    """Return True if a request is for the runtime or for the control plane."""
    return environ.get("HTTP_X_AMZ_TARGET", "").startswith("SageMaker.") or is_runtime_request(environ)


def keeps_underscores(header: str) -> bool:
    """Return True for a header whose underscores must be kept: the metadata of S3 objects."""
    return bool(_ORIGINAL_NAMES) and request.should_preserve_original_header_name(header)


def add_header_names(environ: dict[str, Any], names: list[str]) -> None:
    """Store the original names of headers where moto looks for them."""
    if _ORIGINAL_NAMES:
        environ[_ORIGINAL_NAMES] = {request.environ_key_for_header(name): name for name in names}
