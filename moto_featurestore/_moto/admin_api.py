"""The commands of FeatureStore objects: their interface to moto (an implementation of AdminWorld), and their HTTP API.

In-process mocks, moto's server and moto's proxy respond to the requests of this API.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.workers.process import is_worker
from moto_featurestore.credentials import account_and_region
from moto_featurestore.store.group import Store

Params = dict[str, Any]

URL = "{0}/moto-api/featurestore/(?P<command>[^/]+)$"
"""The URL pattern of the HTTP API, in the form of moto's ``url_paths``."""
_JSON = {"Content-Type": "application/json"}


class MotoAdminWorld(MotoWorld):
    """An implementation of AdminWorld with moto: the interface to S3, Glue, IAM, the clock and snapshots."""

    def create_bucket(self, store: Store, name: str) -> None:
        """Create an S3 bucket, unless a bucket with this name exists."""
        from moto_featurestore._moto.s3_glue import make_bucket

        make_bucket(store.account_id, store.region, name)

    def create_groups(self, store: Store, groups: list[Params]) -> list[str]:
        """Create feature groups, and their buckets and roles if these are missing. Return the ARNs of the groups.

        :param groups: the parameters of CreateFeatureGroup for each group
        """
        from moto_featurestore._moto import provisioning

        return provisioning.create(store, groups)

    def delete_group(self, store: Store, name: str) -> None:
        """Delete a feature group with the operation DeleteFeatureGroup."""
        from moto_featurestore._moto.internal_client import call

        call(store.account_id, store.region, "DeleteFeatureGroup", {"FeatureGroupName": name})

    def read_yaml(self, text: str) -> Params:
        """Parse a YAML document, which may contain short forms of CloudFormation functions, such as ``!Ref``."""
        from moto_featurestore._moto import templates

        return templates.read(text)

    def groups_of_template(self, store: Store, template: Params, parameters: Mapping[str, str]) -> list[Params]:
        """Return the parameters of CreateFeatureGroup for all groups of a CloudFormation template."""
        from moto_featurestore._moto import templates

        return templates.groups_of(store, template, parameters)

    def query(self, store: Store, sql: str) -> tuple[list[Params], list[list[str | None]]]:
        """Run a query in the SQL engine of Athena. Return the columns as ``ColumnInfo`` structures, and the rows.

        The values in the rows are strings as in Athena's results, and None for NULL.
        """
        from moto_featurestore._moto.services import athena_engine

        return athena_engine.query(store.account_id, store.region, sql)

    def take_snapshot(self, *, everything: bool) -> tuple[str, Mapping[str, str]]:
        """Save the state of the Feature Store in a snapshot.

        Return the snapshot's ID, and a dict from the name of each moto service that cannot be saved to the reason.

        :param everything: whether to save the state of all services of moto too
        """
        from moto_featurestore._moto.persistence import snapshots

        snapshot = snapshots.take(of_everything=everything)
        return snapshots.keep(snapshot), snapshot.left_out

    def snapshots(self) -> list[Params]:
        """Return a JSON description of each snapshot, oldest first."""
        from moto_featurestore._moto.persistence import snapshots

        return snapshots.listing()

    def restore_snapshot(self, snapshot_id: str) -> None:
        """Restore the state of a snapshot.

        :raises LookupError: if the snapshot does not exist
        """
        from moto_featurestore._moto.persistence import snapshots

        snapshots.put_back(snapshots.find(snapshot_id))

    def forget_snapshot(self, snapshot_id: str) -> None:
        """Delete a snapshot. If the snapshot does not exist, do nothing."""
        from moto_featurestore._moto.persistence import snapshots

        snapshots.forget(snapshot_id)


_world = MotoAdminWorld()


def open_store(account_id: str | None, region_name: str | None) -> tuple[MotoAdminWorld, Store]:
    """Return a MotoAdminWorld, and the Store that contains the feature groups of an account in a region.

    If an argument is None, use the value from the environment, or else moto's default.
    """
    account_id, region_name = account_and_region(account_id, region_name)
    return _world, _world.store(account_id or DEFAULT_ACCOUNT_ID, region_name or "us-east-1")


def require_mock() -> None:
    """Check that FeatureStore objects can work in this process.

    They can work if at least one of these conditions is true:

    - The process runs a mock or a server.
    - The process is a worker, which uses the mock of a different process.
    - moto's setting TEST_SERVER_MODE is true.

    :raises NoMockError: if no condition is true
    """
    from moto_featurestore._moto.patches import is_running
    from moto_featurestore.testing.commands import NoMockError

    if not is_running() and not is_worker() and not settings.TEST_SERVER_MODE:
        raise NoMockError(
            "No mock is running in this process. Use the FeatureStore object inside mock_featurestore(), or create it with"
            " the URL of a server: featurestore(url=...)."
        )


def open_own_store(account_id: str | None, region_name: str | None) -> tuple[MotoAdminWorld, Store]:
    """Return a MotoAdminWorld, and the Store of an account in a region, if the state is in this process.

    :raises RuntimeError: if a different process contains the state, because this process is a worker or has moto's
        setting TEST_SERVER_MODE
    """
    if is_worker():
        raise RuntimeError(
            "The mock runs in another process. Use the FeatureStore object in the process that started the mock."
        )
    if settings.TEST_SERVER_MODE:
        raise RuntimeError(
            "TEST_SERVER_MODE is set, so this process has no Feature Store state. Create the FeatureStore object with the"
            " URL of the server: featurestore(url=...)."
        )
    return open_store(account_id, region_name)


def handle_request(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:  # noqa: ARG001 - moto's signature
    """Run the command that a request to ``/moto-api/featurestore/`` names, and return the response."""
    from moto_featurestore.testing import endpoint

    if request.method != "POST":
        message = f"The method {request.method} is not allowed. Send a JSON object with POST."
        return 405, _JSON, json.dumps({"error": "ValueError", "message": message})
    name = unquote(urlsplit(full_url).path.rpartition("/")[2])
    status, result = endpoint.respond(name, _body(request), open_own_store)
    return status, _JSON, json.dumps(result)


def _body(request: Any) -> bytes:
    """Return the raw body of a werkzeug or botocore request.

    werkzeug's parsed body cannot be used, because werkzeug parses the body of ``curl -d`` as a form.
    """
    body = request.get_data() if hasattr(request, "get_data") else request.body
    return body.encode() if isinstance(body, str) else body or b""
