"""Where seeds are planted: moto's S3, and the Feature Store as any request would see it."""

import json
from typing import Any
from urllib.parse import quote

from moto.utilities.utils import get_partition

from moto_featurestore._moto.aws import make_bucket
from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.here import default_place
from moto_featurestore._moto.inside import Refused, ask
from moto_featurestore.server.rows import SeedError
from moto_featurestore.service import respond
from moto_featurestore.wire import Request
from moto_featurestore.world import Caller


class MotoGround:
    """An account in a region.

    :param account_id: else ``MOTO_ACCOUNT_ID``, else moto's default account
    :param region: else ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, else us-east-1
    """

    def __init__(self, account_id: str | None, region: str | None) -> None:
        self._account_id, self.region = default_place(account_id, region)
        self._caller = Caller(self._account_id, self.region, get_partition(self.region))
        self._world = MotoWorld()

    def create_bucket(self, name: str) -> None:
        """Make a bucket of S3, unless it is there."""
        make_bucket(self._account_id, self.region, name)

    def has_group(self, name: str) -> bool:
        """Whether a feature group is there."""
        return self._world.store(self._account_id, self.region).find(name) is not None

    def create_group(self, params: dict[str, Any]) -> None:
        """CreateFeatureGroup."""
        try:
            ask(self._account_id, self.region, "CreateFeatureGroup", params)
        except Refused as error:
            raise SeedError(str(error)) from error

    def delete_group(self, name: str) -> None:
        """DeleteFeatureGroup."""
        ask(self._account_id, self.region, "DeleteFeatureGroup", {"FeatureGroupName": name})

    def put_record(self, group: str, features: list[dict[str, Any]]) -> None:
        """PutRecord."""
        body = json.dumps({"Record": features}).encode()
        response = respond(
            self._world, self._caller, Request("PUT", f"/FeatureGroup/{quote(group, safe='')}", "", body)
        )
        if response.body:
            raise SeedError(json.loads(response.body)["Message"])
