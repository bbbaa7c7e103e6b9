"""The table of a group in Glue: it has no partition keys, as Athena reads all that is under its location.

What the service's own tables are like is known from https://github.com/aws/sagemaker-python-sdk/pull/5927, whose table
for a group is meant to be the same; ``Parameters`` are assumed.
"""

from typing import Any

from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.world import World

_TYPES = {"String": "string", "Integral": "bigint", "Fractional": "double"}
_ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
_HIVE = "org.apache.hadoop.hive.ql.io.parquet"

Columns = list[dict[str, str]]


def create_table(world: World, group: FeatureGroup) -> str | None:
    """Make a group's table, where it is the service that makes it; says why that fails, where it does."""
    if not _is_ours(group) or _made(world, group):
        return None
    # In the form of another failure's reason, https://github.com/aws/amazon-sagemaker-examples/issues/2079 (assumed).
    return "Table already exists. (Service: AWSGlue; Status Code: 400; Error Code: AlreadyExistsException; Proxy: null)"


def update_columns(world: World, group: FeatureGroup) -> None:
    """Give a group's table the columns of features that were added, where the service has made the table."""
    if not _is_ours(group):
        return
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        iceberg.add_features(world, group)
    else:
        world.update_columns(group, columns(group))


def _made(world: World, group: FeatureGroup) -> bool:
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        return iceberg.create(world, group)
    return world.create_table(group, table_input(group))


def table_input(group: FeatureGroup) -> dict[str, Any]:
    """TableInput of Glue's API."""
    assert group.offline_store is not None
    return {
        "Name": group.offline_store["DataCatalogConfig"]["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": columns(group),
            "Location": group.offline_store["S3StorageConfig"]["ResolvedOutputS3Uri"],
            "InputFormat": f"{_HIVE}.MapredParquetInputFormat",
            "OutputFormat": f"{_HIVE}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_HIVE}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }


def columns(group: FeatureGroup) -> Columns:
    """The columns of a group's table; names are in lower case, as Glue has them."""
    features = {definition.name.lower(): _glue_type(definition) for definition in group.definitions.values()}
    return [{"Name": name, "Type": of_type} for name, of_type in (features | _ADDED).items()]


def _glue_type(definition: FeatureDefinition) -> str:
    of_values = _TYPES[definition.feature_type]
    return of_values if definition.collection_type is None else f"array<{of_values}>"


def _is_ours(group: FeatureGroup) -> bool:
    """Whether the service makes a group's table."""
    return group.offline_store is not None and not group.offline_store["DisableGlueTableCreation"]
