"""``ingest_dataframe`` of the SageMaker Python SDK v3 with forked processes and threads."""

import warnings

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the import requires a region
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    pytest.importorskip("sagemaker.mlops.feature_store", reason="the SageMaker Python SDK v3 is not installed")
    import pandas as pd
    from sagemaker.core.utils.utils import SageMakerClient
    from sagemaker.mlops.feature_store import (
        FeatureGroup,
        IngestionError,
        OnlineStoreConfig,
        ingest_dataframe,
        load_feature_definitions_from_dataframe,
    )

from moto_featurestore import featurestore

pytestmark = [
    pytest.mark.sdk,
    # Threads of pytest-xdist.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

NAME = "my-feature-group"
ROWS = 10_000
EVENT_TIME = 1767225600.0  # 2026-01-01T00:00:00Z


@pytest.fixture(autouse=True)
def new_clients(aws):
    """Remove the clients that the SDK caches for the process, so that each test creates new ones."""
    SageMakerClient.reset()
    yield
    SageMakerClient.reset()


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "identifier": [str(number) for number in range(ROWS)],
            "value": [number / 2 for number in range(ROWS)],
            "time": [EVENT_TIME] * ROWS,
        }
    )


@pytest.fixture
def feature_group(frame):
    return FeatureGroup.create(
        feature_group_name=NAME,
        record_identifier_feature_name="identifier",
        event_time_feature_name="time",
        feature_definitions=load_feature_definitions_from_dataframe(frame),
        online_store_config=OnlineStoreConfig(enable_online_store=True),
    )


def values():
    return {identifier: float(record["value"]) for identifier, record in featurestore.records(NAME).online.items()}


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
@pytest.mark.parametrize("in_batches", [False, True])
@pytest.mark.parametrize(("max_workers", "max_processes"), [(4, 4), (4, 1), (1, 4)])
def test_ingest_with_processes_and_threads_writes_all_rows(
    feature_group, frame, max_workers, max_processes, in_batches
):
    ingest_dataframe(
        feature_group_name=NAME,
        data_frame=frame,
        max_workers=max_workers,
        max_processes=max_processes,
        use_batch_write_record=in_batches,
    )
    assert values() == {str(number): number / 2 for number in range(ROWS)}


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
@pytest.mark.parametrize("in_batches", [False, True])
def test_ingest_in_child_process_reports_an_invalid_row_to_the_parent(feature_group, frame, in_batches):
    frame["time"] = frame["time"].where(frame.index != 7_777, -1e300)
    with pytest.raises(IngestionError) as error:
        ingest_dataframe(
            feature_group_name=NAME,
            data_frame=frame,
            max_workers=4,
            max_processes=4,
            use_batch_write_record=in_batches,
        )
    assert error.value.failed_rows == [7_777]
    assert values() == {str(number): number / 2 for number in range(ROWS) if number != 7_777}
