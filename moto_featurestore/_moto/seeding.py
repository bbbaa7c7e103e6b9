"""The target of seeds: moto's S3, and the operations of the Feature Store."""

import json
from typing import Any
from urllib.parse import quote

from moto.utilities.utils import get_partition

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.internal_client import OperationError, call
from moto_featurestore._moto.process_state import default_place
from moto_featurestore._moto.s3_glue import make_bucket
from moto_featurestore.protocol.http import Request
from moto_featurestore.service.dispatch import respond
from moto_featurestore.testing.record_files import SeedError
from moto_featurestore.world import Caller


class MotoGround:
    """An account in a region.

    :param account_id: the account; None means ``MOTO_ACCOUNT_ID``, or else moto's default account
    :param region: the region; None means ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, or else us-east-1
    """

    def __init__(self, account_id: str | None, region: str | None) -> None:
        self._account_id, self.region = default_place(account_id, region)
        self._caller = Caller(self._account_id, self.region, get_partition(self.region))
        self._world = MotoWorld()

    def create_bucket(self, name: str) -> None:
        """Create an S3 bucket, unless it exists."""
        make_bucket(self._account_id, self.region, name)

    def has_group(self, name: str) -> bool:
        """Return True if a feature group exists."""
        return self._world.store(self._account_id, self.region).find(name) is not None

    def create_group(self, params: dict[str, Any]) -> None:
        """Call CreateFeatureGroup.

        :raises SeedError: if the service rejects the parameters
        """
        try:
            call(self._account_id, self.region, "CreateFeatureGroup", params)
        except OperationError as error:
            raise SeedError(str(error)) from error

    def delete_group(self, name: str) -> None:
        """Call DeleteFeatureGroup."""
        call(self._account_id, self.region, "DeleteFeatureGroup", {"FeatureGroupName": name})

    def put_record(self, group: str, features: list[dict[str, Any]]) -> None:
        """Call PutRecord.

        :raises SeedError: if the service rejects the record
        """
        body = json.dumps({"Record": features}).encode()
        response = respond(
            self._world, self._caller, Request("PUT", f"/FeatureGroup/{quote(group, safe='')}", "", body)
        )
        if response.body:
            raise SeedError(json.loads(response.body)["Message"])
