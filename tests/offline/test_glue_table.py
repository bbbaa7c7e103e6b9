"""The Glue table of a feature group."""

import pytest
from support.memory import START

BOTH = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/prefix/"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
OFFLINE = BOTH["OfflineStoreConfig"]
CATALOG = {"Catalog": "AwsDataCatalog", "Database": "features", "TableName": "customers"}
NAME = ("sagemaker_featurestore", f"my_customers_{START // 10**9}")
SERVICE_COLUMNS = [("write_time", "timestamp"), ("api_invocation_time", "timestamp"), ("is_deleted", "boolean")]


def columns(table):
    return [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]


def describe(service, name):
    return service.control("DescribeFeatureGroup", FeatureGroupName=name).body


def test_create_feature_group_with_offline_store_creates_a_glue_table(service):
    # https://github.com/aws/sagemaker-python-sdk/pull/5927; Parameters are assumed.
    service.create("My-Customers", **BOTH)
    table = service.world.tables[NAME]
    assert columns(table) == [
        ("customer_id", "string"),
        ("event_time", "string"),
        ("city", "string"),
        ("orders", "bigint"),
        ("spent", "double"),
        *SERVICE_COLUMNS,
    ]
    storage = table["StorageDescriptor"]
    offline = describe(service, "My-Customers")["OfflineStoreConfig"]
    assert storage["Location"] == offline["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert storage["InputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    assert storage["OutputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
    serde = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    assert storage["SerdeInfo"]["SerializationLibrary"] == serde
    assert (table["TableType"], table["PartitionKeys"]) == ("EXTERNAL_TABLE", [])


def test_glue_table_column_names_are_in_lower_case(service):
    definitions = [{"FeatureName": name, "FeatureType": "String"} for name in ("customer_id", "event_time", "City")]
    service.create("My-Customers", FeatureDefinitions=definitions, **BOTH)
    assert columns(service.world.tables[NAME])[:3] == [
        ("customer_id", "string"),
        ("event_time", "string"),
        ("city", "string"),
    ]


def test_group_created_with_existing_glue_table_has_status_create_failed(service):
    offline = OFFLINE | {"DataCatalogConfig": CATALOG}
    service.create("first", **BOTH | {"OfflineStoreConfig": offline})
    assert service.create("second", **BOTH | {"OfflineStoreConfig": offline}).status == 200
    second = describe(service, "second")
    assert second["FeatureGroupStatus"] == "CreateFailed"
    assert second["FailureReason"] == (
        "Table already exists. (Service: AWSGlue; Status Code: 400; Error Code: AlreadyExistsException; Proxy: null)"
    )
    assert describe(service, "first")["FeatureGroupStatus"] == "Created"


@pytest.mark.parametrize("catalog", [{}, {"DataCatalogConfig": CATALOG}], ids=["no catalog", "catalog"])
def test_create_feature_group_with_table_creation_disabled_creates_no_glue_table(service, catalog):
    offline = OFFLINE | {"DisableGlueTableCreation": True} | catalog
    service.create("customers", **BOTH | {"OfflineStoreConfig": offline})
    assert service.world.tables == {}
    described = describe(service, "customers")
    assert described["FeatureGroupStatus"] == "Created"
    assert described["OfflineStoreConfig"].get("DataCatalogConfig") == catalog.get("DataCatalogConfig")


def add_feature(service, name):
    addition = {"FeatureName": "Age", "FeatureType": "Integral"}
    answer = service.control("UpdateFeatureGroup", FeatureGroupName=name, FeatureAdditions=[addition])
    assert answer.status == 200


def test_update_feature_group_adds_the_new_column_before_the_service_columns(service):
    service.create("My-Customers", **BOTH)
    add_feature(service, "My-Customers")
    assert columns(service.world.tables[NAME])[4:] == [("spent", "double"), ("age", "bigint"), *SERVICE_COLUMNS]


def test_update_feature_group_with_table_creation_disabled_does_not_change_an_existing_table(service):
    own = {"StorageDescriptor": {"Columns": []}}
    service.world.tables["features", "customers"] = own
    offline = OFFLINE | {"DisableGlueTableCreation": True, "DataCatalogConfig": CATALOG}
    service.create("customers", **BOTH | {"OfflineStoreConfig": offline})
    add_feature(service, "customers")
    assert own["StorageDescriptor"]["Columns"] == []


def test_update_feature_group_does_not_recreate_a_deleted_glue_table(service):
    service.create("My-Customers", **BOTH)
    service.world.tables.clear()
    add_feature(service, "My-Customers")
    assert service.world.tables == {}


def test_delete_feature_group_does_not_delete_glue_table(service):
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteFeatureGroup.html
    service.create("My-Customers", **BOTH)
    service.control("DeleteFeatureGroup", FeatureGroupName="My-Customers")
    assert NAME in service.world.tables
