"""The functions of the SageMaker Python SDK v3 that the dataset tests use."""

import warnings

import pytest
from support.datasets import ROLE, STORE

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the import requires a region
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.utils.utils import SageMakerClient
    from sagemaker.mlops.feature_store import (
        DatasetBuilder,
        FeatureGroupManager,
        JoinComparatorEnum,
        JoinTypeEnum,
        OfflineStoreConfig,
        OnlineStoreConfig,
        S3StorageConfig,
        create_athena_query,
        ingest_dataframe,
        load_feature_definitions_from_dataframe,
    )

__all__ = ["JoinComparatorEnum", "JoinTypeEnum"]

VERSION = 3


def reset():
    """Remove the clients that the SDK caches for the process."""
    SageMakerClient.reset()


def session():
    return Session()


def create(table, definitions, table_format, session):
    """Create the feature group of a table. The columns of a frame determine the feature types."""
    return FeatureGroupManager.create(
        feature_group_name=table.name,
        record_identifier_feature_name=table.key,
        event_time_feature_name=table.time,
        feature_definitions=load_feature_definitions_from_dataframe(definitions),
        online_store_config=OnlineStoreConfig(enable_online_store=True),
        offline_store_config=OfflineStoreConfig(
            s3_storage_config=S3StorageConfig(s3_uri=STORE), table_format=table_format
        ),
        role_arn=ROLE,
    )


def ingest(group, frame):
    ingest_dataframe(feature_group_name=group.feature_group_name, data_frame=frame)


def delete(group, identifier, event_time):
    group.delete_record(record_identifier_value_as_string=identifier, event_time=event_time)


def athena_query(group, session):
    return create_athena_query(group.feature_group_name, session)


def create_dataset(base, output_path, session, **options):
    return DatasetBuilder.create(base=base, output_path=output_path, session=session, **options)
