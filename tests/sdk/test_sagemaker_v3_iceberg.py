"""The SageMaker Python SDK v3, unmodified, sets the properties of tables of Iceberg, and reads them.

What is expected is the SDK's own use of the answers: https://github.com/aws/sagemaker-python-sdk, feature_group_manager.py.
"""

import time
import warnings

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the SDK's own, as it is imported
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # it cannot be imported without a region,
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # and looks for credentials as it is
    pytest.importorskip("sagemaker.mlops.feature_store", reason="the SageMaker Python SDK v3 is not installed")
    pytest.importorskip("pyiceberg.io.pyarrow", reason="pyarrow is not installed")
    import pyiceberg.catalog
    from pyiceberg.utils.config import Config
    from sagemaker.core.utils.utils import SageMakerClient
    from sagemaker.mlops.feature_store import (
        FeatureGroupManager,
        FeatureValue,
        IntegralFeatureDefinition,
        OfflineStoreConfig,
        S3StorageConfig,
        StringFeatureDefinition,
    )
    from sagemaker.mlops.feature_store.feature_group_manager import IcebergProperties

pytestmark = pytest.mark.sdk

NAME = "integ-test-iceberg"
VERSIONS, SIZE = "write.metadata.previous-versions-max", "write.target-file-size-bytes"


@pytest.fixture(autouse=True)
def clients_of_their_own(aws, request, monkeypatch):
    """The SDK keeps its clients for the process, pyiceberg its view of the environment: each test makes them anew."""
    SageMakerClient.reset()
    if "server" in request.node.callspec.id:
        monkeypatch.setenv("PYICEBERG_CATALOG__GLUE__S3__ENDPOINT", request.getfixturevalue("server_url"))
    monkeypatch.setattr(pyiceberg.catalog, "_ENV_CONFIG", Config())
    yield
    SageMakerClient.reset()


@pytest.fixture
def create(offline_store_s3_uri, role):
    """Makes a group with a table of Iceberg."""

    def create(**params):
        return FeatureGroupManager.create(
            feature_group_name=NAME,
            record_identifier_feature_name="record_id",
            event_time_feature_name="event_time",
            feature_definitions=[
                StringFeatureDefinition("record_id"),
                StringFeatureDefinition("event_time"),
                IntegralFeatureDefinition("feature_1"),
            ],
            offline_store_config=OfflineStoreConfig(
                s3_storage_config=S3StorageConfig(s3_uri=offline_store_s3_uri), table_format="Iceberg"
            ),
            role_arn=role,
            **params,
        )

    return create


def properties_of(name):
    return FeatureGroupManager.get(name, include_iceberg_properties=True).iceberg_properties.properties


def test_a_group_has_no_properties_of_its_own(create):
    create()
    assert properties_of(NAME) == {}


def test_properties_are_set_with_the_creation(create):
    create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    assert properties_of(NAME) == {VERSIONS: "5"}


def test_properties_are_updated(create):
    group = create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    group.update(iceberg_properties=IcebergProperties(properties={VERSIONS: "7", SIZE: "1048576"}))
    assert properties_of(NAME) == {VERSIONS: "7", SIZE: "1048576"}


def test_properties_stay_when_records_are_written(create):
    group = create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    values = {"record_id": "id-1", "event_time": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "feature_1": "7"}
    group.put_record(record=[FeatureValue(feature_name=name, value_as_string=value) for name, value in values.items()])
    assert properties_of(NAME) == {VERSIONS: "5"}
    catalog = FeatureGroupManager.get(NAME).offline_store_config.data_catalog_config
    glue = pyiceberg.catalog.load_catalog("glue", type="glue", **{"client.region": "us-east-1"})
    [row] = glue.load_table(f"{catalog.database}.{catalog.table_name}").scan().to_arrow().to_pylist()
    assert (row["record_id"], row["feature_1"]) == ("id-1", 7)
