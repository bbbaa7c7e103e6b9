"""Properties of Iceberg tables with the unmodified SageMaker Python SDK v3.

The expected results come from the SDK's use of the responses: https://github.com/aws/sagemaker-python-sdk, feature_group_manager.py.
"""

import time
import warnings

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the import requires a region
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
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
def new_clients(aws, request, monkeypatch):
    """Reset what the SDK and pyiceberg cache for the process: the SDK its clients, and pyiceberg the environment."""
    SageMakerClient.reset()
    if "server" in request.node.callspec.id:
        monkeypatch.setenv("PYICEBERG_CATALOG__GLUE__S3__ENDPOINT", request.getfixturevalue("server_url"))
    monkeypatch.setattr(pyiceberg.catalog, "_ENV_CONFIG", Config())
    yield
    SageMakerClient.reset()


@pytest.fixture
def create(offline_store_s3_uri, role):
    """Return a function that creates a group with an Iceberg table."""

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


def test_create_group_without_iceberg_properties_sets_no_table_properties(create):
    create()
    assert properties_of(NAME) == {}


def test_create_group_with_iceberg_properties_sets_table_properties(create):
    create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    assert properties_of(NAME) == {VERSIONS: "5"}


def test_update_of_iceberg_properties_changes_table_properties(create):
    group = create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    group.update(iceberg_properties=IcebergProperties(properties={VERSIONS: "7", SIZE: "1048576"}))
    assert properties_of(NAME) == {VERSIONS: "7", SIZE: "1048576"}


def test_put_record_does_not_change_iceberg_properties(create):
    group = create(iceberg_properties=IcebergProperties(properties={VERSIONS: "5"}))
    values = {"record_id": "id-1", "event_time": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "feature_1": "7"}
    group.put_record(record=[FeatureValue(feature_name=name, value_as_string=value) for name, value in values.items()])
    assert properties_of(NAME) == {VERSIONS: "5"}
    catalog = FeatureGroupManager.get(NAME).offline_store_config.data_catalog_config
    glue = pyiceberg.catalog.load_catalog("glue", type="glue", **{"client.region": "us-east-1"})
    [row] = glue.load_table(f"{catalog.database}.{catalog.table_name}").scan().to_arrow().to_pylist()
    assert (row["record_id"], row["feature_1"]) == ("id-1", 7)
