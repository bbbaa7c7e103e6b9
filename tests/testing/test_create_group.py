"""FeatureStore.create_group()."""

import pandas as pd
import pyarrow as pa
import pytest
from support.groups import data_keys

TYPES = {"id": "String", "time": "String", "age": "Integral", "score": "Fractional"}
NAMES = {"record_identifier": "id", "event_time": "time"}


def types(described):
    return {feature["FeatureName"]: feature["FeatureType"] for feature in described["FeatureDefinitions"]}


def test_create_group_from_names_and_types_creates_features(stage):
    arn = stage.featurestore.create_group("customers", TYPES, **NAMES)
    described = stage.describe("customers")
    assert described["FeatureGroupArn"] == arn == "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"
    assert types(described) == TYPES
    assert (described["RecordIdentifierFeatureName"], described["EventTimeFeatureName"]) == ("id", "time")
    assert described["OnlineStoreConfig"] == {"EnableOnlineStore": True}
    assert "OfflineStoreConfig" not in described


def test_create_group_from_dataframe_infers_types(stage):
    frame = pd.DataFrame(
        {
            "id": pd.Series(["a"], dtype="string"),
            "time": pd.to_datetime(["2026-01-01"]),
            "object": pd.Series(["b"], dtype="object"),
            "str": pd.Series(["c"]),
            "int8": pd.Series([1], dtype="int8"),
            "uint64": pd.Series([1], dtype="uint64"),
            "Int64": pd.Series([None], dtype="Int64"),
            "float32": pd.Series([1.5], dtype="float32"),
            "Float64": pd.Series([None], dtype="Float64"),
        }
    )
    stage.featurestore.create_group("customers", frame, **NAMES)
    # The types that the SageMaker SDKs infer: https://github.com/aws/sagemaker-python-sdk (feature_group.py,
    # DTYPE_TO_FEATURE_DEFINITION_CLS_MAP), with dtypes in lower case. The SDKs do not support "str" and datetimes.
    assert types(stage.describe("customers")) == {
        "id": "String",
        "time": "String",
        "object": "String",
        "str": "String",
        "int8": "Integral",
        "uint64": "Integral",
        "Int64": "Integral",
        "float32": "Fractional",
        "Float64": "Fractional",
    }


@pytest.mark.parametrize("values", [[True], pd.Categorical(["a"]), [1j], [pd.Timedelta(1)]])
def test_create_group_from_dataframe_with_unsupported_dtype_raises_the_error_of_the_sdks(clients, values):
    from moto_featurestore import featurestore

    frame = pd.DataFrame({"id": ["a"], "time": ["b"], "other": values})
    with pytest.raises(ValueError, match=r"^Failed to infer Feature type based on dtype \S+ for column other\."):
        featurestore.create_group("customers", frame, **NAMES)


@pytest.mark.parametrize(
    ("lists", "feature_type"),
    [
        ([[1], None, [2, 3]], "Integral"),
        ([[1], [0.5]], "Fractional"),
        ([["a"], []], "String"),
    ],
)
def test_column_of_lists_becomes_a_list_feature_in_an_in_memory_group(stage, lists, feature_type):
    frame = pd.DataFrame(
        {"id": ["a"] * len(lists), "time": ["b"] * len(lists), "lists": pd.Series(lists, dtype=object)}
    )
    in_memory = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    stage.featurestore.create_group("customers", frame, **NAMES, OnlineStoreConfig=in_memory)
    definition = stage.describe("customers")["FeatureDefinitions"][2]
    assert definition == {"FeatureName": "lists", "FeatureType": feature_type, "CollectionType": "List"}


@pytest.mark.parametrize("values", [[None], ["a", [1]]])
def test_column_of_mixed_values_becomes_a_string_feature_in_an_in_memory_group(clients, values):
    from moto_featurestore import featurestore

    frame = pd.DataFrame({"id": ["a"] * len(values), "time": "b", "other": pd.Series(values, dtype=object)})
    in_memory = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    featurestore.create_group("customers", frame, **NAMES, OnlineStoreConfig=in_memory)
    described = clients("sagemaker").describe_feature_group(FeatureGroupName="customers")
    assert described["FeatureDefinitions"][2] == {"FeatureName": "other", "FeatureType": "String"}


def test_create_group_passes_options_to_the_operation(stage):
    vector = {"FeatureType": "Fractional", "CollectionType": "Vector"}
    vector["CollectionConfig"] = {"VectorConfig": {"Dimension": 2}}
    stage.featurestore.create_group(
        "customers",
        TYPES | {"place": vector},
        **NAMES,
        Description="who buys",
        OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "InMemory"},
        Tags=[{"Key": "team", "Value": "sales"}],
    )
    described = stage.describe("customers")
    assert described["Description"] == "who buys"
    assert described["FeatureDefinitions"][4] == {"FeatureName": "place", **vector}
    tags = stage.clients("sagemaker").list_tags(ResourceArn=described["FeatureGroupArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "sales"}]


def test_create_group_with_offline_store_creates_bucket_and_role(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES, offline=True)
    described = stage.describe("customers")
    # The bucket is default_bucket() of the SageMaker SDK. The role is the one that the console creates, without its suffix.
    uri = described["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"]
    assert uri == "s3://sagemaker-us-east-1-123456789012"
    assert described["OnlineStoreConfig"] == {"EnableOnlineStore": True}
    role = stage.clients("iam").get_role(RoleName="AmazonSageMaker-ExecutionRole")["Role"]
    assert described["RoleArn"] == role["Arn"]
    stage.featurestore.load("customers", [{"id": "1", "time": "2026-01-01T00:00:00Z"}])
    stage.featurestore.flush()
    assert len(data_keys(stage.clients("s3"), "sagemaker-us-east-1-123456789012")) == 1


def test_create_group_with_offline_store_uses_existing_bucket_and_role(stage):
    stage.clients("s3").create_bucket(Bucket="mine")
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = stage.clients("iam").create_role(RoleName="mine", Path="/a/", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    stage.featurestore.create_group("one", TYPES, **NAMES, offline="s3://mine/prefix", RoleArn=role)
    only = {"S3StorageConfig": {"S3Uri": "s3://other"}, "DisableGlueTableCreation": True}
    new = "arn:aws:iam::123456789012:role/a/b/new"
    stage.featurestore.create_group("two", TYPES, **NAMES, OfflineStoreConfig=only, RoleArn=new)
    assert stage.describe("one")["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"] == "s3://mine/prefix"
    assert stage.describe("two")["OnlineStoreConfig"] == {"EnableOnlineStore": True}
    roles = {role["Arn"] for role in stage.clients("iam").list_roles()["Roles"]}
    assert roles == {role, new}
    assert {bucket["Name"] for bucket in stage.clients("s3").list_buckets()["Buckets"]} == {"mine", "other"}


def test_create_group_without_online_store_creates_only_an_offline_store(stage):
    stage.featurestore.create_group(
        "customers", TYPES, **NAMES, offline=True, OnlineStoreConfig={"EnableOnlineStore": False}
    )
    assert stage.featurestore.groups["customers"].stores == ["OfflineStore"]


def test_role_created_by_create_group_has_write_permissions(stage):
    from moto.core import set_initial_no_auth_action_count

    stage.featurestore.create_group("customers", TYPES, **NAMES, offline=True)
    stage.featurestore.load("customers", [{"id": "1", "time": "2026-01-01T00:00:00Z"}])

    @set_initial_no_auth_action_count(0)
    def flush():
        stage.featurestore.flush()

    flush()
    assert stage.describe("customers")["OfflineStoreStatus"] == {"Status": "Active"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"OnlineStore": {}}, r'Unknown parameter in input: "OnlineStore", must be one of: .*OnlineStoreConfig'),
        ({"Description": "x" * 129}, "Member must have length less than or equal to 128"),
        ({"Tags": "x"}, "Invalid type for parameter Tags"),
        ({"OnlineStoreConfig": "x"}, "Invalid type for parameter OnlineStoreConfig"),
        ({"OfflineStoreConfig": None}, "Invalid type for parameter OfflineStoreConfig"),
        ({"OfflineStoreConfig": "x"}, "Invalid type for parameter OfflineStoreConfig"),
        ({"FeatureDefinitions": "x"}, "Invalid type for parameter FeatureDefinitions"),
        ({"OfflineStoreConfig": {"S3StorageConfig": "x"}}, "Invalid type for parameter OfflineStoreConfig.S3StorageConfig"),
        ({"record_identifier": "other"}, r"ValidationException: .*\[other\] is not among the FeatureDefinitions"),
        ({"offline": "s3://x"}, r"Invalid S3Uri provided\. The bucket \[x\] does not exist"),
        ({"offline": "https://x"}, r"Invalid S3Uri provided\. \[https://x\]"),
        ({"offline": "x"}, "Member must satisfy regular expression pattern"),
    ],
)  # fmt: skip
def test_create_group_with_invalid_parameters_raises_value_error(stage, changes, message):
    with pytest.raises(ValueError, match=message):
        stage.featurestore.create_group("customers", TYPES, **NAMES | changes)
    assert stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []


def test_create_group_with_existing_name_raises_value_error(stage):
    stage.featurestore.create_group("customers", TYPES, **NAMES)
    with pytest.raises(ValueError, match="The feature group 'customers' already exists"):
        stage.featurestore.create_group("customers", TYPES, **NAMES)


def test_create_group_whose_response_is_lost_raises_value_error(stage):
    with (
        stage.featurestore.drop("CreateFeatureGroup"),
        pytest.raises(
            ValueError, match="'customers' could not be created: ConnectionClosed: A drop fault closed the connection"
        ),
    ):
        stage.featurestore.create_group("customers", TYPES, **NAMES)


@pytest.mark.parametrize("feature", [None, 7, ["String"]])
def test_create_group_with_feature_without_type_raises_type_error(clients, feature):
    from moto_featurestore import featurestore

    with pytest.raises(TypeError, match=r"The feature 'age' must be Integral, Fractional or String, .* not "):
        featurestore.create_group("customers", TYPES | {"age": feature}, **NAMES)


@pytest.mark.parametrize("offline", [None, 1, ["s3://bucket"]])
def test_create_group_with_offline_argument_of_wrong_type_raises_type_error(clients, offline):
    from moto_featurestore import featurestore

    with pytest.raises(TypeError, match="offline must be True, False or an S3Uri, not "):
        featurestore.create_group("customers", TYPES, **NAMES, offline=offline)


def test_create_group_from_dataframe_with_arrow_strings_creates_string_features(stage):
    texts = pd.Series(["a"], dtype=pd.ArrowDtype(pa.string()))
    stage.featurestore.create_group("customers", pd.DataFrame({"id": texts, "time": texts}), **NAMES)
    assert [feature["FeatureType"] for feature in stage.describe("customers")["FeatureDefinitions"]] == ["String"] * 2


def test_create_group_with_features_argument_of_wrong_type_raises_type_error(clients):
    from moto_featurestore import featurestore

    with pytest.raises(
        TypeError, match="features must be a DataFrame, a path, or a mapping of names to types, not list"
    ):
        featurestore.create_group("customers", ["id", "time"], **NAMES)
