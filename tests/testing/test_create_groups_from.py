"""Feature groups from what somebody else has described."""

import json

import pytest

from moto_featurestore import featurestore

ROLE = "arn:aws:iam::123456789012:role/service-role/Execution"
DEFINITIONS = [
    {"FeatureName": "id", "FeatureType": "String"},
    {"FeatureName": "time", "FeatureType": "Fractional"},
    {"FeatureName": "age", "FeatureType": "Integral"},
]

# What `aws sagemaker describe-feature-group` prints: its members are those of the model, names as the service derives
# them (https://github.com/EasonZhuu/cs401r-easonzhu, docs/lab2-feature-store-verification.json).
DESCRIPTION = {
    "FeatureGroupArn": "arn:aws:sagemaker:eu-west-1:999999999999:feature-group/customers",
    "FeatureGroupName": "customers",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": DEFINITIONS,
    "CreationTime": "2026-01-05T10:00:00.123000+00:00",
    "OnlineStoreConfig": {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 3}},
    "OfflineStoreConfig": {
        "S3StorageConfig": {
            "S3Uri": "s3://production/features",
            "ResolvedOutputS3Uri": "s3://production/features/999999999999/sagemaker/eu-west-1/offline-store/customers-1/data",
        },
        "DisableGlueTableCreation": False,
        "DataCatalogConfig": {
            "TableName": "customers_1767607200",
            "Catalog": "AwsDataCatalog",
            "Database": "sagemaker_featurestore",
        },
    },
    "RoleArn": ROLE,
    "FeatureGroupStatus": "Created",
    "OfflineStoreStatus": {"Status": "Active"},
    "ThroughputConfig": {"ThroughputMode": "OnDemand"},
    "Description": "who buys",
    "OnlineStoreTotalSizeBytes": 12345,
    "ResponseMetadata": {"HTTPStatusCode": 200},
}


def test_a_description_makes_the_group_it_describes(stage):
    arns = stage.featurestore.create_groups_from(DESCRIPTION)
    assert arns == ["arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"]
    described = stage.describe("customers")
    same = ("FeatureDefinitions", "OnlineStoreConfig", "RoleArn", "ThroughputConfig", "Description")
    assert {name: described[name] for name in same} == {name: DESCRIPTION[name] for name in same}
    offline = described["OfflineStoreConfig"]
    assert offline["DataCatalogConfig"] == DESCRIPTION["OfflineStoreConfig"]["DataCatalogConfig"]
    assert "/123456789012/sagemaker/us-east-1/" in offline["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert stage.clients("s3").list_buckets()["Buckets"][0]["Name"] == "production"
    assert stage.clients("iam").get_role(RoleName="Execution")["Role"]["Arn"] == ROLE


def test_what_boto3_describes_is_taken_as_it_is(stage):
    names = {"record_identifier": "id", "event_time": "time"}
    stage.featurestore.create_group("customers", {"id": "String", "time": "String"}, **names)
    described = stage.describe("customers")
    stage.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
    stage.featurestore.create_groups_from(described)
    changing = {"CreationTime": None, "ResponseMetadata": None}
    assert stage.describe("customers") | changing == described | changing


def test_a_description_is_read_from_a_file(stage, tmp_path):
    path = tmp_path / "customers.json"
    path.write_text(json.dumps(DESCRIPTION))
    for given in (path, str(path)):
        [arn] = stage.featurestore.create_groups_from(given)
        assert stage.describe(arn)["FeatureDefinitions"] == DEFINITIONS
        stage.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
        stage.clients("glue").delete_table(DatabaseName="sagemaker_featurestore", Name="customers_1767607200")


def test_an_unknown_member_of_a_description_is_refused(stage):
    with pytest.raises(ValueError, match='Unknown parameter in input: "RecordIdentifier", must be one of'):
        stage.featurestore.create_groups_from(DESCRIPTION | {"RecordIdentifier": "id"})


@pytest.mark.parametrize("offline", [None, "x"])
def test_a_description_whose_offline_store_is_none_is_refused(stage, offline):
    with pytest.raises(ValueError, match="Invalid type for parameter OfflineStoreConfig"):
        stage.featurestore.create_groups_from(DESCRIPTION | {"OfflineStoreConfig": offline})


def test_a_description_with_a_broken_offline_store_is_refused(stage):
    with pytest.raises(ValueError, match="Invalid type for parameter OfflineStoreConfig"):
        stage.featurestore.create_groups_from(DESCRIPTION | {"OfflineStoreConfig": {"S3StorageConfig": "s3://x"}})


# Terraform. The attributes are those of the provider's schema, and of what it writes into a state where nothing is set:
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go

ATTRIBUTES = {
    "arn": "arn:aws:sagemaker:eu-west-1:999999999999:feature-group/customers",
    "description": "",
    "event_time_feature_name": "time",
    "feature_definition": [
        {"collection_config": [], "collection_type": "", "feature_name": "id", "feature_type": "String"},
        {"collection_config": [], "collection_type": "", "feature_name": "time", "feature_type": "Fractional"},
        {
            "collection_config": [{"vector_config": [{"dimension": 3}]}],
            "collection_type": "Vector",
            "feature_name": "place",
            "feature_type": "Fractional",
        },
    ],
    "feature_group_name": "customers",
    "id": "customers",
    "offline_store_config": [],
    "online_store_config": [
        {
            "enable_online_store": True,
            "security_config": [],
            "storage_type": "InMemory",
            "ttl_duration": [{"unit": "Hours", "value": 2}],
        }
    ],
    "record_identifier_feature_name": "id",
    "role_arn": ROLE,
    "tags": {"team": "sales"},
    "tags_all": {"env": "production", "team": "sales"},
    "throughput_config": [
        {
            "provisioned_read_capacity_units": 0,
            "provisioned_write_capacity_units": 0,
            "throughput_mode": "OnDemand",
        }
    ],
}
OFFLINE = ATTRIBUTES | {
    "feature_definition": ATTRIBUTES["feature_definition"][:2],
    "feature_group_name": "orders",
    "online_store_config": [],
    "offline_store_config": [
        {
            "data_catalog_config": [
                {"catalog": "AwsDataCatalog", "database": "sagemaker_featurestore", "table_name": "orders_1"}
            ],
            "disable_glue_table_creation": False,
            "s3_storage_config": [
                {"kms_key_id": "", "resolved_output_s3_uri": "s3://production/x/data", "s3_uri": "s3://production"}
            ],
            "table_format": "Glue",
        }
    ],
    "tags": None,
    "tags_all": {},
    "throughput_config": [],
}
BUCKET = {"type": "aws_s3_bucket", "mode": "managed", "values": {}, "instances": []}
GROUP = {"type": "aws_sagemaker_feature_group", "mode": "managed"}
DATA = {"type": "aws_sagemaker_feature_group", "mode": "data", "values": {}, "instances": []}


def shown(of="values"):
    child = {"resources": [GROUP | {"values": OFFLINE}], "address": "module.orders"}
    root = {"resources": [BUCKET, DATA, GROUP | {"values": ATTRIBUTES}], "child_modules": [child]}
    return {"format_version": "1.0", "terraform_version": "1.9.0", of: {"root_module": root}}


def state(version=4):
    resources = [BUCKET, DATA] + [GROUP | {"instances": [{"attributes": given}]} for given in (ATTRIBUTES, OFFLINE)]
    return {"version": version, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": resources}


@pytest.mark.parametrize("document", [shown(), shown("planned_values"), state()], ids=["show", "plan", "tfstate"])
def test_a_state_of_terraform_s_makes_its_groups(stage, tmp_path, document):
    path = tmp_path / "terraform.tfstate"
    path.write_text(json.dumps(document))
    arns = stage.featurestore.create_groups_from(str(path))
    assert [arn.rpartition("/")[2] for arn in arns] == ["customers", "orders"]
    customers, orders = stage.describe("customers"), stage.describe("orders")
    assert customers["FeatureDefinitions"][2] == {
        "FeatureName": "place",
        "FeatureType": "Fractional",
        "CollectionType": "Vector",
        "CollectionConfig": {"VectorConfig": {"Dimension": 3}},
    }
    ttl = {"Unit": "Hours", "Value": 2}
    assert customers["OnlineStoreConfig"] == {
        "EnableOnlineStore": True,
        "StorageType": "InMemory",
        "TtlDuration": ttl,
    }
    assert customers["ThroughputConfig"] == {"ThroughputMode": "OnDemand"}
    tags = stage.clients("sagemaker").list_tags(ResourceArn=customers["FeatureGroupArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"env": "production", "team": "sales"}
    assert orders["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"] == "orders_1"
    assert orders["OfflineStoreConfig"]["TableFormat"] == "Glue"
    assert "OnlineStoreConfig" not in orders


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (state(3), r"a state of Terraform's in version 3; version 4 is read"),
        ({"version": 4, "resources": [BUCKET]}, "There is no aws_sagemaker_feature_group in this state"),
        ({"format_version": "1.0", "values": None, "planned_values": None}, "There is no aws_sagemaker_feature_group"),
        ({"FeatureGroupName": "x"}, "This is neither what describe-feature-group prints, .*: its members are FeatureG"),
        ({}, "its members are none"),
        ({"values": {"root_module": []}}, "This is no state as Terraform writes it: AttributeError"),
        ({"resources": [GROUP]}, "This is no state as Terraform writes it: KeyError: 'version'"),
    ],
)
def test_what_describes_no_group_is_refused(stage, document, message):
    with pytest.raises(ValueError, match=message):
        stage.featurestore.create_groups_from(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "The document must be a JSON object or a YAML mapping"),
        ("{", "The document is neither JSON nor YAML: "),
        ("a: [", "The document is neither JSON nor YAML: "),
    ],
)
def test_a_file_of_something_else_is_refused(stage, tmp_path, text, message):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        stage.featurestore.create_groups_from(path)


def test_a_file_that_is_not_there_is_told(clients, tmp_path):
    with pytest.raises(FileNotFoundError):
        featurestore.create_groups_from(tmp_path / "missing.json")


PROPERTIES = {
    "FeatureGroupName",
    "RecordIdentifierFeatureName",
    "EventTimeFeatureName",
    "FeatureDefinitions",
    "OnlineStoreConfig",
}


def test_a_template_in_yaml_may_begin_with_a_brace(stage, tmp_path):
    path = tmp_path / "template.yaml"
    properties = {name: value for name, value in DESCRIPTION.items() if name in PROPERTIES}
    path.write_text(
        f"{{Resources: {{G: {{Type: AWS::SageMaker::FeatureGroup, Properties: {json.dumps(properties)}}}}}}}"
    )
    assert len(stage.featurestore.create_groups_from(path)) == 1


def test_an_instance_that_is_deposed_is_none(stage):
    # https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go (instanceObjectStateV4)
    document = state()
    document["resources"][2]["instances"].append({"deposed": "0a1b2c3d", "attributes": ATTRIBUTES})
    assert len(stage.featurestore.create_groups_from(document)) == 2


def test_of_several_groups_of_one_name_none_is_made(stage):
    document = state()
    document["resources"][2]["instances"].append({"index_key": 1, "attributes": ATTRIBUTES})
    with pytest.raises(ValueError, match="Several feature groups have the name customers"):
        stage.featurestore.create_groups_from(document)
    assert stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []


def test_of_several_groups_none_is_made_where_one_is_refused(stage):
    document = shown()
    document["values"]["root_module"]["child_modules"][0]["resources"][0]["values"] = OFFLINE | {"role_arn": "nobody"}
    with pytest.raises(ValueError, match=r"(?s)'orders'.*RoleArn"):
        stage.featurestore.create_groups_from(document)
    assert stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
