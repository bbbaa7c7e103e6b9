"""The Glue table of a feature group, without partition keys. Athena reads all objects below the table's location.

Source: https://github.com/aws/sagemaker-python-sdk/pull/5927, whose code creates a table like the service's own table.
The source does not contain the value of ``Parameters``: this value is an assumption.
"""

from moto_featurestore.aws.ports import Dict, table_input
from moto_featurestore.offline.layout import table_names
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.world import World

_TYPES = {"String": "string", "Integral": "bigint", "Fractional": "double"}
_SERVICE_COLUMNS = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
_HIVE = "org.apache.hadoop.hive.ql.io.parquet"

Columns = list[dict[str, str]]


def create_table(world: World, group: FeatureGroup) -> str | None:
    """Create the group's table, unless DisableGlueTableCreation is set.

    Return the group's FailureReason if the table cannot be created, else None.
    """
    if not _is_created_by_service(group) or _create(world, group):
        return None
    # The text is assumed. It has the form of another FailureReason: https://github.com/aws/amazon-sagemaker-examples/issues/2079
    return "Table already exists. (Service: AWSGlue; Status Code: 400; Error Code: AlreadyExistsException; Proxy: null)"


def update_columns(world: World, group: FeatureGroup) -> None:
    """Add the columns of new features to the group's table, if the service created the table."""
    if not _is_created_by_service(group):
        return
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        iceberg.add_features(world, group)
    else:
        _replace_columns(world, group)


def _create(world: World, group: FeatureGroup) -> bool:
    """Create the group's table. Return False if a table with the same name exists."""
    if group.is_iceberg:
        from moto_featurestore.offline import iceberg

        return iceberg.create(world, group)
    return world.glue(group).create_table(*table_names(group), new_table(group))


def find_table(world: World, group: FeatureGroup) -> Dict | None:
    """Return a group's table, as Glue's GetTable returns it, or None if the table does not exist."""
    glue, (database, name) = world.glue(group), table_names(group)
    return glue.table(database, name) if name in glue.tables(database) else None


def _replace_columns(world: World, group: FeatureGroup) -> None:
    """Replace the columns of a group's table if the table still exists. Do not change anything else in the table."""
    if table := find_table(world, group):
        storage = table["StorageDescriptor"] | {"Columns": columns(group)}
        world.glue(group).put_table(*table_names(group), table_input(table) | {"StorageDescriptor": storage})


def new_table(group: FeatureGroup) -> Dict:
    """Return the TableInput with which the service creates a group's Glue table."""
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
    """Return the columns of a group's table. The names are in lower case, as Glue stores them."""
    features = {definition.name.lower(): _glue_type(definition) for definition in group.definitions.values()}
    return [{"Name": name, "Type": column_type} for name, column_type in (features | _SERVICE_COLUMNS).items()]


def _glue_type(definition: FeatureDefinition) -> str:
    value_type = _TYPES[definition.feature_type]
    return value_type if definition.collection_type is None else f"array<{value_type}>"


def _is_created_by_service(group: FeatureGroup) -> bool:
    """Return True if the service creates the group's table, False if this is disabled or there is no offline store."""
    return group.offline_store is not None and not group.offline_store["DisableGlueTableCreation"]
