"""``ingest`` of the SageMaker Python SDK v2 with forked processes and threads."""

import warnings

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    pytest.importorskip("sagemaker.feature_store", reason="the SageMaker Python SDK v2 is not installed")
    import pandas as pd
    from sagemaker.feature_store.feature_group import FeatureGroup, IngestionError
    from sagemaker.session import Session

from moto_featurestore import featurestore

pytestmark = [
    pytest.mark.sdk,
    # Threads of pytest-xdist, and of the SDK's pool after it was closed.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

NAME = "my-feature-group"
ROWS = 10_000


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "identifier": range(ROWS),
            "value": [number / 2 for number in range(ROWS)],
            "time": pd.Series(["2020-10-30T03:43:21Z"] * ROWS, dtype="string"),
        }
    )


@pytest.fixture
def feature_group(aws, frame, role):
    feature_group = FeatureGroup(name=NAME, sagemaker_session=Session())
    feature_group.load_feature_definitions(data_frame=frame)
    feature_group.create(
        s3_uri=False,
        record_identifier_name="identifier",
        event_time_feature_name="time",
        role_arn=role,
        enable_online_store=True,
    )
    return feature_group


def values():
    return {identifier: float(record["value"]) for identifier, record in featurestore.records(NAME).online.items()}


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
@pytest.mark.parametrize(("max_workers", "max_processes"), [(4, 4), (4, 1), (1, 4)])
def test_ingest_with_processes_and_threads_writes_all_rows(feature_group, frame, max_workers, max_processes):
    feature_group.ingest(data_frame=frame, max_workers=max_workers, max_processes=max_processes)
    assert values() == {str(number): number / 2 for number in range(ROWS)}


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
def test_ingest_in_child_process_reports_an_invalid_row_to_the_parent(feature_group, frame):
    frame["time"] = frame["time"].where(frame.index != 7_777, "no time")
    with pytest.raises(IngestionError) as error:
        feature_group.ingest(data_frame=frame, max_workers=4, max_processes=4)
    assert error.value.failed_rows == [7_777]
    assert values() == {str(number): number / 2 for number in range(ROWS) if number != 7_777}
