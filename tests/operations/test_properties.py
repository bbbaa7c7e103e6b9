"""The searchable properties: those of the model, and those in the tables of the developer guide."""

import pytest

from moto_featurestore.operations.properties import element_properties, find_property, named_properties
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.protocol.model import CONTROL_PLANE, SEARCHED, service_model

# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-feature-group-metadata.html
GROUP_FIELDS = """AllTags FailureReason FeatureGroupStatus CreationTime Description EventTimeFeatureName FeatureDefinitions
FeatureGroupARN FeatureGroupArn FeatureGroupName LastModifiedTime LastUpdateStatus OfflineStoreConfig OfflineStoreStatus
RecordIdentifierFeatureName Tags.team OnlineStoreConfig.EnableOnlineStore OfflineStoreConfig.S3StorageConfig.S3Uri"""
# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-metadata.html
FEATURE_FIELDS = """AllParameters CreationTime Description FeatureGroupName FeatureName FeatureType LastModifiedTime
Parameters.team"""


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (resource, name)
        for resource, fields in zip(SEARCHED, (GROUP_FIELDS, FEATURE_FIELDS), strict=True)
        for name in fields.split()
    ],
)
def test_find_property_of_documented_name_returns_the_property(resource, name):
    assert find_property(named_properties(resource), name)


@pytest.mark.parametrize(
    ("name", "kind", "is_single"),
    [
        ("FeatureGroupName", "text", True),
        ("CreationTime", "timestamp", True),
        ("OnlineStoreConfig", "structure", False),
        ("OnlineStoreConfig.EnableOnlineStore", "Boolean", True),
        ("OnlineStoreConfig.TtlDuration.Value", "number", True),
        ("FeatureDefinitions", "list", False),
        ("FeatureDefinitions.FeatureName", "text", False),
        ("Tags", "list", False),
        ("AllTags", "text", False),
        ("Tags.a.b", "text", True),
    ],
)
def test_find_property_derives_the_property_type_from_the_botocore_model(name, kind, is_single):
    prop = find_property(named_properties("FeatureGroup"), name)
    assert (prop.kind, prop.is_single) == (kind, is_single)


@pytest.mark.parametrize(
    "name", ["Nothing", "featuregroupname", "Tags.", "Description.x", "FeatureDefinitions.x", "Parameters.x", "."]
)
def test_find_property_of_unknown_name_raises_validation_error(name):
    with pytest.raises(ValidationException, match=f"^Unknown property name: {name}$"):
        find_property(named_properties("FeatureGroup"), name)


def test_element_properties_of_tags_returns_key_and_value():
    assert set(element_properties(named_properties("FeatureGroup")["Tags"])) == {"Tags.Key", "Tags.Value"}


def test_named_properties_of_each_searchable_resource_are_not_empty():
    records = service_model(CONTROL_PLANE).shape_for("SearchRecord").members
    assert all(named_properties(shape.name) for shape in records.values())
