"""The functions of the SageMaker Python SDK v2 that the dataset tests use."""

import warnings

import pytest
from support.datasets import ROLE, STORE

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    from sagemaker.feature_store.dataset_builder import JoinComparatorEnum, JoinTypeEnum
    from sagemaker.feature_store.feature_group import FeatureGroup
    from sagemaker.feature_store.feature_store import FeatureStore
    from sagemaker.feature_store.feature_utils import get_feature_group_as_dataframe
    from sagemaker.feature_store.inputs import TableFormatEnum
    from sagemaker.session import Session

__all__ = ["JoinComparatorEnum", "JoinTypeEnum", "get_feature_group_as_dataframe"]

VERSION = 2


def reset():
    """Do nothing: this version caches nothing for the process."""


def session():
    return Session()


def create(table, definitions, table_format, session):
    """Create the feature group of a table. The columns of a frame determine the feature types."""
    group = FeatureGroup(name=table.name, sagemaker_session=session)
    group.load_feature_definitions(data_frame=definitions)
    group.create(
        s3_uri=STORE,
        record_identifier_name=table.key,
        event_time_feature_name=table.time,
        role_arn=ROLE,
        enable_online_store=True,
        table_format=TableFormatEnum(table_format),
    )
    return group


def ingest(group, frame):
    group.ingest(data_frame=frame, max_workers=1, wait=True)


def delete(group, identifier, event_time):
    group.delete_record(identifier, event_time)


def athena_query(group, session):
    return group.athena_query()


def create_dataset(base, output_path, session, **options):
    return FeatureStore(session).create_dataset(base=base, output_path=output_path, **options)
