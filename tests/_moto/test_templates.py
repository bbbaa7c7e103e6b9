"""Feature groups that are created from CloudFormation templates without a stack."""

import json
import sys

import pytest

from moto_featurestore import featurestore

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: dev}
Mappings:
  Days: {dev: {Ttl: 3}, prod: {Ttl: 30}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "features-${Stage}"}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: feature-store
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: "sts:AssumeRole"}]
  Unrelated: {Type: AWS::Unknown::Thing}
  Customers:
    Type: AWS::SageMaker::FeatureGroup
    Properties:
      FeatureGroupName: !Join ["-", [customers, !Ref Stage]]
      RecordIdentifierFeatureName: id
      EventTimeFeatureName: time
      FeatureDefinitions:
        - {FeatureName: id, FeatureType: String}
        - {FeatureName: time, FeatureType: String}
      OnlineStoreConfig:
        EnableOnlineStore: true
        TtlDuration: {Unit: Days, Value: !FindInMap [Days, !Ref Stage, Ttl]}
      OfflineStoreConfig: {S3StorageConfig: {S3Uri: !Sub "s3://${Bucket}/features"}}
      RoleArn: !GetAtt Role.Arn
      Description: !If [IsProd, real, !Ref "AWS::NoValue"]
  Orders:
    Type: AWS::SageMaker::FeatureGroup
    Condition: IsProd
    Properties:
      FeatureGroupName: orders
      RecordIdentifierFeatureName: id
      EventTimeFeatureName: id
      FeatureDefinitions: [{FeatureName: id, FeatureType: String}]
      OnlineStoreConfig: {EnableOnlineStore: true}
"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def names(arns):
    return [arn.rpartition("/")[2] for arn in arns]


def test_create_groups_from_template_resolves_functions(clients, template):
    assert names(featurestore.create_groups_from(template)) == ["customers-dev"]
    described = clients("sagemaker").describe_feature_group(FeatureGroupName="customers-dev")
    assert described["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"] == "s3://features-dev/features"
    assert described["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 3}
    assert described["RoleArn"] == "arn:aws:iam::123456789012:role/feature-store"
    assert "Description" not in described
    assert [bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]] == ["features-dev"]
    assert clients("cloudformation").list_stacks()["StackSummaries"] == []


def test_create_groups_from_template_with_parameters_uses_their_values(clients, template):
    assert names(featurestore.create_groups_from(template, parameters={"Stage": "prod"})) == [
        "customers-prod",
        "orders",
    ]
    described = clients("sagemaker").describe_feature_group(FeatureGroupName="customers-prod")
    assert (described["Description"], described["OnlineStoreConfig"]["TtlDuration"]["Value"]) == ("real", 30)


def test_create_groups_from_template_with_a_server_creates_the_groups(server_clients, server_url, template):
    assert names(featurestore(url=server_url).create_groups_from(template)) == ["customers-dev"]


def test_create_groups_from_json_template_creates_the_groups(clients, tmp_path):
    group = {
        "FeatureGroupName": {"Fn::Sub": "of-${AWS::Region}"},
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "id",
        "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
        "OnlineStoreConfig": {"EnableOnlineStore": "true"},
    }
    document = {"Resources": {"Group": {"Type": "AWS::SageMaker::FeatureGroup", "Properties": group}}}
    assert names(featurestore.create_groups_from(document)) == ["of-us-east-1"]
    (tmp_path / "t.json").write_text(json.dumps(document).replace("of-", "from-"))
    assert names(featurestore.create_groups_from(tmp_path / "t.json")) == ["from-us-east-1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Default: dev", "Description: x"), "The template is invalid: Missing parameter Stage"),
        (("!GetAtt Role.Arn", "!GetAtt Nobody.Arn"), "The template is invalid: .*undefined resource Nobody"),
        (("!GetAtt Role.Arn", "!Ref Nobody"), "The template refers to 'Nobody', which it does not define"),
        (("EventTimeFeatureName: time", "EventTime: time"), r"extraneous key \[EventTime\] is not permitted"),
    ],
)
def test_create_groups_from_invalid_template_raises_value_error(clients, tmp_path, change, message):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace(*change))
    with pytest.raises(ValueError, match=message):
        featurestore.create_groups_from(path)


def test_create_groups_from_template_with_unknown_parameter_raises_value_error(clients, template):
    with pytest.raises(ValueError, match="The template does not define the parameter Stagee"):
        featurestore.create_groups_from(template, parameters={"Stagee": "x"})


def test_create_groups_from_template_without_feature_group_raises_value_error(clients):
    with pytest.raises(ValueError, match=r"The template contains no resource of the type AWS::SageMaker::FeatureGroup"):
        featurestore.create_groups_from({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})


def test_create_groups_from_template_does_not_execute_python_tags(clients, tmp_path):
    path = tmp_path / "template.yaml"
    marker = tmp_path / "run"
    path.write_text(f'Resources: !!python/object/apply:os.mkdir ["{marker}"]')
    with pytest.raises(ValueError, match="Resources must map names to resources, and each resource must have a Type"):
        featurestore.create_groups_from(path)
    assert not marker.exists()


def test_create_groups_from_template_without_required_library_fails_and_names_the_library(
    clients, template, monkeypatch
):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"Reading a template needs yaml: pip install 'moto-featurestore\[server\]'"):
        featurestore.create_groups_from(template)


@pytest.mark.parametrize("start", ['{"Resources":', "Resources:"], ids=["JSON", "YAML"])
def test_create_groups_from_template_without_library_required_by_moto_fails_and_names_the_library(
    clients, start, tmp_path, monkeypatch
):
    path = tmp_path / "template"
    path.write_text(f'{start} {{"Customers": {{"Type": "AWS::SageMaker::FeatureGroup"}}}}{"}" * start.startswith("{")}')
    for name in [name for name in sys.modules if name.startswith(("moto.cloudformation", "moto.apigateway"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openapi_spec_validator", None)
    with pytest.raises(ImportError, match=r"openapi_spec_validator: pip install 'moto-featurestore\[server\]'"):
        featurestore.create_groups_from(path)
