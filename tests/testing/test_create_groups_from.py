"""FeatureStore.create_groups_from(): descriptions, Terraform states and files."""

import json

import pytest

from moto_featurestore import featurestore

ROLE = "arn:aws:iam::123456789012:role/service-role/Execution"
DEFINITIONS = [
    {"FeatureName": "id", "FeatureType": "String"},
    {"FeatureName": "time", "FeatureType": "Fractional"},
    {"FeatureName": "age", "FeatureType": "Integral"},
]

# The output of `aws sagemaker describe-feature-group`. Its members are those of the model, with names as the service
# derives them (https://github.com/EasonZhuu/cs401r-easonzhu, docs/lab2-feature-store-verification.json).
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


def test_create_groups_from_description_creates_the_group(stage):
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


def test_create_groups_from_boto3_response_restores_the_group(stage):
    names = {"record_identifier": "id", "event_time": "time"}
    stage.featurestore.create_group("customers", {"id": "String", "time": "String"}, **names)
    described = stage.describe("customers")
    stage.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
    stage.featurestore.create_groups_from(described)
    changing = {"CreationTime": None, "ResponseMetadata": None}
    assert stage.describe("customers") | changing == described | changing


def test_create_groups_from_file_reads_a_description(stage, tmp_path):
    path = tmp_path / "customers.json"
    path.write_text(json.dumps(DESCRIPTION))
    for source in (path, str(path)):
        [arn] = stage.featurestore.create_groups_from(source)
        assert stage.describe(arn)["FeatureDefinitions"] == DEFINITIONS
        stage.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
        stage.clients("glue").delete_table(DatabaseName="sagemaker_featurestore", Name="customers_1767607200")


def test_create_groups_from_description_with_unknown_member_raises_value_error(stage):
    with pytest.raises(ValueError, match='Unknown parameter in input: "RecordIdentifier", must be one of'):
        stage.featurestore.create_groups_from(DESCRIPTION | {"RecordIdentifier": "id"})


@pytest.mark.parametrize("offline", [None, "x"])
def test_create_groups_from_description_with_offline_store_of_wrong_type_raises_value_error(stage, offline):
    with pytest.raises(ValueError, match="Invalid type for parameter OfflineStoreConfig"):
        stage.featurestore.create_groups_from(DESCRIPTION | {"OfflineStoreConfig": offline})


def test_create_groups_from_description_with_invalid_storage_raises_value_error(stage):
    with pytest.raises(ValueError, match="Invalid type for parameter OfflineStoreConfig"):
        stage.featurestore.create_groups_from(DESCRIPTION | {"OfflineStoreConfig": {"S3StorageConfig": "s3://x"}})


# Terraform. The attributes are those of the provider's schema. Unset attributes are as the provider writes them to a state:
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


def show_output(root="values"):
    child = {"resources": [GROUP | {"values": OFFLINE}], "address": "module.orders"}
    root_module = {"resources": [BUCKET, DATA, GROUP | {"values": ATTRIBUTES}], "child_modules": [child]}
    return {"format_version": "1.0", "terraform_version": "1.9.0", root: {"root_module": root_module}}


def state(version=4):
    resources = [BUCKET, DATA] + [
        GROUP | {"instances": [{"attributes": attributes}]} for attributes in (ATTRIBUTES, OFFLINE)
    ]
    return {"version": version, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": resources}


@pytest.mark.parametrize(
    "document", [show_output(), show_output("planned_values"), state()], ids=["show", "plan", "tfstate"]
)
def test_create_groups_from_terraform_state_creates_its_groups(stage, tmp_path, document):
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
        (state(3), r"The Terraform state has version 3\. Only version 4 is supported"),
        ({"version": 4, "resources": [BUCKET]}, "The Terraform state contains no aws_sagemaker_feature_group"),
        (
            {"format_version": "1.0", "values": None, "planned_values": None},
            "The Terraform state contains no aws_sagemaker_feature_group",
        ),
        (
            {"FeatureGroupName": "x"},
            "The document must be the output of describe-feature-group, .* Its members are: FeatureG",
        ),
        ({}, "Its members are: none"),
        ({"values": {"root_module": []}}, "The document is not a valid Terraform state: AttributeError"),
        ({"resources": [GROUP]}, "The document is not a valid Terraform state: KeyError: 'version'"),
    ],
)
def test_create_groups_from_document_without_groups_raises_value_error(stage, document, message):
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
def test_create_groups_from_file_of_another_format_raises_value_error(stage, tmp_path, text, message):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        stage.featurestore.create_groups_from(path)


def test_create_groups_from_missing_file_raises_file_not_found_error(clients, tmp_path):
    with pytest.raises(FileNotFoundError):
        featurestore.create_groups_from(tmp_path / "missing.json")


PROPERTIES = {
    "FeatureGroupName",
    "RecordIdentifierFeatureName",
    "EventTimeFeatureName",
    "FeatureDefinitions",
    "OnlineStoreConfig",
}


def test_create_groups_from_yaml_template_that_starts_with_a_brace_succeeds(stage, tmp_path):
    path = tmp_path / "template.yaml"
    properties = {name: value for name, value in DESCRIPTION.items() if name in PROPERTIES}
    path.write_text(
        f"{{Resources: {{G: {{Type: AWS::SageMaker::FeatureGroup, Properties: {json.dumps(properties)}}}}}}}"
    )
    assert len(stage.featurestore.create_groups_from(path)) == 1


def test_create_groups_from_terraform_state_skips_deposed_instances(stage):
    # https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go (instanceObjectStateV4)
    document = state()
    document["resources"][2]["instances"].append({"deposed": "0a1b2c3d", "attributes": ATTRIBUTES})
    assert len(stage.featurestore.create_groups_from(document)) == 2


def test_create_groups_from_document_with_a_duplicate_name_creates_no_group(stage):
    document = state()
    document["resources"][2]["instances"].append({"index_key": 1, "attributes": ATTRIBUTES})
    with pytest.raises(ValueError, match="Several feature groups have the name customers"):
        stage.featurestore.create_groups_from(document)
    assert stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []


def test_create_groups_from_document_with_one_invalid_group_creates_no_group(stage):
    document = show_output()
    document["values"]["root_module"]["child_modules"][0]["resources"][0]["values"] = OFFLINE | {"role_arn": "nobody"}
    with pytest.raises(ValueError, match=r"(?s)'orders'.*RoleArn"):
        stage.featurestore.create_groups_from(document)
    assert stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
