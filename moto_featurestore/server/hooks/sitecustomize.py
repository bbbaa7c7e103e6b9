"""A sitecustomize module that redirects STS clients of the SageMaker SDKs to the server in AWS_ENDPOINT_URL.

The SDKs pass hard-coded STS endpoints to botocore, which therefore ignores AWS_ENDPOINT_URL.

``moto-featurestore run`` and ``env`` add this directory to PYTHONPATH. Therefore every Python process of the shell
imports this module at its start. This module must not import moto_featurestore, because this package may not be
installed there. Python imports only the first module with the name sitecustomize. Therefore this module finally runs
the next sitecustomize module on ``sys.path``, if there is one.
"""

import functools
import os
import re
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - importing pathlib would slow down each start of Python
_CLIENTS = {"botocore.session": "Session", "aiobotocore.session": "AioSession"}
_STS = re.compile(r"https://sts(-fips)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?/?")


def _run_hidden_sitecustomize():  # noqa: ANN202 - without annotations, the module runs in every Python version
    path = [folder for folder in sys.path if os.path.abspath(folder or ".") != _HERE]  # noqa: PTH100 - as above
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


class _Finder:
    """A module finder that patches ``create_client`` of botocore and aiobotocore when they are imported."""

    def __init__(self):  # noqa: ANN204 - as above
        self._looking = set()

    def find_spec(self, name, path=None, target=None):  # noqa: ANN001, ANN202, ARG002 - as above
        if name not in _CLIENTS or name in self._looking:
            return None
        self._looking.add(name)
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):  # noqa: ANN001, ANN202 - as above
                execute(module)
                _wrap(getattr(module, _CLIENTS[name]))

            spec.loader.exec_module = exec_module
        return spec


def _wrap(session):  # noqa: ANN001, ANN202 - as above
    create_client = session.create_client

    @functools.wraps(create_client)
    def wrapper(self, *args, **kwargs):  # noqa: ANN001, ANN002, ANN003, ANN202 - as above
        if _STS.fullmatch(kwargs.get("endpoint_url") or "") and os.environ.get("AWS_ENDPOINT_URL"):
            kwargs["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
        return create_client(self, *args, **kwargs)

    session.create_client = wrapper


sys.meta_path.insert(0, _Finder())
_run_hidden_sitecustomize()
