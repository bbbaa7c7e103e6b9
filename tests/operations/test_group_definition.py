"""Definitions that CreateFeatureGroup accepts and rejects.

AWS documents the rules. The error texts are assumed, except the one marked as verbatim.
"""

import pytest

IN_MEMORY = {"OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "InMemory"}}
ROLE = "arn:aws:iam::123456789012:role/FeatureStoreRole"
OFFLINE = {"S3StorageConfig": {"S3Uri": "s3://bucket"}}
CATALOG = {"TableName": "table", "Catalog": "AwsDataCatalog", "Database": "database"}
PROVISIONED = {
    "ThroughputMode": "Provisioned",
    "ProvisionedReadCapacityUnits": 1,
    "ProvisionedWriteCapacityUnits": 1,
}
IDENTIFIER = {"FeatureName": "customer_id", "FeatureType": "String"}
TIME = {"FeatureName": "event_time", "FeatureType": "String"}


def features(*more):
    return {"FeatureDefinitions": [IDENTIFIER, TIME, *more]}


def vector(name="v", **changes):
    config = {"CollectionConfig": {"VectorConfig": {"Dimension": 3}}}
    return {"FeatureName": name, "FeatureType": "Fractional", "CollectionType": "Vector", **config, **changes}


INVALID = [
    (
        "no store (verbatim: github.com/aws/sagemaker-core/issues/175)",
        {"OnlineStoreConfig": {}},
        "OnlineStore and OfflineStore cannot be both disabled. Please enable at least one of them and retry the request.",
    ),
    ("duplicate feature", features(IDENTIFIER), "The feature named [customer_id] is defined more than once."),
    (
        "a reserved name",
        features({"FeatureName": "write_time", "FeatureType": "String"}),
        "The feature name [write_time] is reserved.",
    ),
    (
        "undefined record identifier",
        {"RecordIdentifierFeatureName": "nothing"},
        "RecordIdentifierFeatureName [nothing] is not among the FeatureDefinitions.",
    ),
    (
        "undefined event time",
        {"EventTimeFeatureName": "nothing"},
        "EventTimeFeatureName [nothing] is not among the FeatureDefinitions.",
    ),
    (
        "an Integral event time",
        {"EventTimeFeatureName": "orders"},
        "The event time, the feature named [orders], must be of type String or Fractional.",
    ),
    (
        "TTL without an online store",
        {
            "OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": 1}},
            "OfflineStoreConfig": OFFLINE,
            "RoleArn": ROLE,
        },
        "TtlDuration needs an OnlineStore.",
    ),
    (
        "TTL without a value",
        {"OnlineStoreConfig": {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days"}}},
        "TtlDuration needs both Unit and Value.",
    ),
    (
        "collection in Standard storage",
        features({"FeatureName": "tags", "FeatureType": "String", "CollectionType": "Set"}),
        "The feature named [tags] is a Set; collections need the storage type InMemory.",
    ),
    (
        "CollectionConfig without CollectionType",
        features({"FeatureName": "v", "FeatureType": "Fractional", "CollectionConfig": {}}),
        "The feature named [v] has a CollectionConfig but no CollectionType.",
    ),
    (
        "a collection as event time",
        {"FeatureDefinitions": [IDENTIFIER, TIME | {"CollectionType": "List"}], **IN_MEMORY},
        "The feature named [event_time] cannot be a collection, because it is the record identifier or the event time.",
    ),
    (
        "a vector of integers",
        {**features(vector(FeatureType="Integral")), **IN_MEMORY},
        "The feature named [v] is a Vector and must be of type Fractional.",
    ),
    (
        "a vector without dimension",
        {**features(vector(CollectionConfig=None)), **IN_MEMORY},
        "The feature named [v] is a Vector and needs a VectorConfig with its Dimension.",
    ),
    (
        "two vectors",
        {**features(vector(), vector("w")), **IN_MEMORY},
        "The feature named [w] is a second Vector; a feature group can have at most one Vector.",
    ),
    ("an offline store without role", {"OfflineStoreConfig": OFFLINE}, "An OfflineStore needs a RoleArn."),
    (
        "InMemory with an offline store",
        {**IN_MEMORY, "OfflineStoreConfig": OFFLINE, "RoleArn": ROLE},
        "The storage type InMemory does not support an OfflineStore.",
    ),
    (
        "read capacity without write capacity",
        {"ThroughputConfig": {"ThroughputMode": "Provisioned", "ProvisionedReadCapacityUnits": 1}},
        "The throughput mode Provisioned needs ProvisionedReadCapacityUnits and ProvisionedWriteCapacityUnits.",
    ),
    (
        "OnDemand with a read capacity",
        {"ThroughputConfig": {"ThroughputMode": "OnDemand", "ProvisionedReadCapacityUnits": 1}},
        "ProvisionedReadCapacityUnits needs the throughput mode Provisioned.",
    ),
    (
        "InMemory with provisioned throughput",
        {**IN_MEMORY, "ThroughputConfig": PROVISIONED},
        "The storage type InMemory does not support the throughput mode Provisioned.",
    ),
    (
        "Iceberg without a table",
        {"OfflineStoreConfig": OFFLINE | {"TableFormat": "Iceberg", "DisableGlueTableCreation": True}, "RoleArn": ROLE},
        "The table format Iceberg does not support DisableGlueTableCreation.",
    ),
    (
        "unsupported catalog",
        {"OfflineStoreConfig": OFFLINE | {"DataCatalogConfig": CATALOG | {"Catalog": "Mine"}}, "RoleArn": ROLE},
        "The Catalog [Mine] is not supported; it must be AwsDataCatalog.",
    ),
    (
        "table name with a dash",
        {"OfflineStoreConfig": OFFLINE | {"DataCatalogConfig": CATALOG | {"TableName": "a-b"}}, "RoleArn": ROLE},
        "The TableName [a-b] must have at most 252 lower-case letters, digits and underscores, and not begin with a"
        " digit.",
    ),
    (
        "table name that is too long",
        {
            "OfflineStoreConfig": OFFLINE
            | {"DataCatalogConfig": CATALOG | {"Database": "d" * 255, "TableName": "t" * 253}},
            "RoleArn": ROLE,
        },
        f"The TableName [{'t' * 253}] must have at most 252 lower-case letters, digits and underscores, and not begin"
        " with a digit.",
    ),
    (
        "Iceberg with a Fractional event time",
        {
            "FeatureDefinitions": [IDENTIFIER, TIME | {"FeatureType": "Fractional"}],
            "OfflineStoreConfig": OFFLINE | {"TableFormat": "Iceberg"},
            "RoleArn": ROLE,
        },
        "The table format Iceberg needs an event time of type String; [event_time] is Fractional.",
    ),
]


@pytest.mark.parametrize(("changes", "text"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_create_feature_group_with_invalid_definition_is_rejected(service, changes, text):
    answer = service.create("customers", **changes)
    assert (answer.status, answer.code, answer.message) == (400, "ValidationException", f"Validation Error: {text}")
    assert service.world.store("123456789012", "us-east-1").groups == {}


@pytest.mark.parametrize(
    "changes",
    [
        {**features(vector()), **IN_MEMORY},
        {"RecordIdentifierFeatureName": "event_time"},  # one feature for both: TF's acceptance test "basic"
        {"OfflineStoreConfig": OFFLINE | {"TableFormat": "Iceberg"}, "RoleArn": ROLE},
        {"OnlineStoreConfig": {"EnableOnlineStore": False}, "OfflineStoreConfig": OFFLINE, "RoleArn": ROLE},
        {"ThroughputConfig": PROVISIONED},
        {"OfflineStoreConfig": OFFLINE | {"DataCatalogConfig": CATALOG}, "RoleArn": ROLE},
    ],
    ids=["a vector", "one feature as identifier and event time", "Iceberg", "no online store", "capacity", "a catalog"],
)
def test_create_feature_group_with_valid_definition_is_accepted(service, changes):
    assert service.create("customers", **changes).status == 200
