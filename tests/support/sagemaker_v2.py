"""The SageMaker Python SDK v2, as the tests of datasets use it."""

import warnings

import pytest
from support.datasets import ROLE, STORE

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the SDK's own, as it is imported
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # it looks for credentials as it is
    from sagemaker.feature_store.dataset_builder import JoinComparatorEnum, JoinTypeEnum
    from sagemaker.feature_store.feature_group import FeatureGroup
    from sagemaker.feature_store.feature_store import FeatureStore
    from sagemaker.feature_store.feature_utils import get_feature_group_as_dataframe
    from sagemaker.feature_store.inputs import TableFormatEnum
    from sagemaker.session import Session

__all__ = ["JoinComparatorEnum", "JoinTypeEnum", "get_feature_group_as_dataframe"]

VERSION = 2


def reset():
    """Nothing is kept for the process."""


def session():
    return Session()


def create(table, definitions, table_format, session):
    """A feature group of a table, whose features have the types of a frame."""
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
