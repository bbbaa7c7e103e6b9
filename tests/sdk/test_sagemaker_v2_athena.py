"""Queries of the SageMaker Python SDK v2, unmodified, over offline stores: by value, as pandas computes them."""

import warnings

import pytest

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the SDK's own, as it is imported
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # it looks for credentials as it is
    pytest.importorskip("sagemaker.feature_store", reason="the SageMaker Python SDK v2 is not installed")
    import pandas as pd
    from sagemaker.feature_store.dataset_builder import JoinTypeEnum, TableType  # noqa: F401 - what it takes
    from sagemaker.feature_store.feature_group import FeatureGroup
    from sagemaker.feature_store.feature_store import FeatureStore
    from sagemaker.session import Session

import datetime as dt

pytestmark = pytest.mark.sdk

START = 1_767_225_600.0  # 2026-01-01
ORDERS = pd.DataFrame(
    {
        "order_id": [f"o{number}" for number in range(8)],
        "customer": [f"c{number % 3}" for number in range(8)],
        "et": [START + 100.0 * number for number in range(8)],
        "amount": [1.5, None, 3.25, 4.0, 5.5, 6.0, None, 8.125],
        "count": [3, 1, 4, 1, 5, 9, 2, 6],
    }
)
SCORES = pd.DataFrame(
    {
        "customer": ["c0", "c0", "c1", "c1", "c0", "c1"],
        "score_time": [START - 50, START + 250, START + 50, START + 650, START + 1000, START + 50],
        "score": [0.25, 0.5, 0.75, 1.0, 2.0, 0.75],
    }
)
"""The last one is there twice."""


@pytest.fixture
def session(aws):
    return Session()


@pytest.fixture
def groups(session, role, offline_store_s3_uri, tmp_path, monkeypatch):
    """Two feature groups with rows in their offline stores, in a folder where the SDK may leave what it downloads."""
    monkeypatch.chdir(tmp_path)
    made = []
    for name, frame, key, time in (("orders", ORDERS, "order_id", "et"), ("scores", SCORES, "customer", "score_time")):
        group = FeatureGroup(name=name, sagemaker_session=session)
        group.load_feature_definitions(
            data_frame=frame.astype(dict.fromkeys(frame.select_dtypes(exclude="number"), "string"))
        )
        group.create(
            s3_uri=offline_store_s3_uri,
            record_identifier_name=key,
            event_time_feature_name=time,
            role_arn=role,
            enable_online_store=True,
        )
        group.ingest(data_frame=frame, max_workers=1, wait=True)
        made.append(group)
    return made


def frame_of(query, sql, output):
    query.run(query_string=sql, output_location=output)
    query.wait()
    return query.as_dataframe()


def same(read, expected):
    read = read[list(expected.columns)].sort_values(list(expected.columns)).reset_index(drop=True)
    expected = expected.sort_values(list(expected.columns)).reset_index(drop=True)
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)


def test_athena_query_answers_with_what_was_put(groups, offline_store_s3_uri):
    query = groups[0].athena_query()
    read = frame_of(query, f'SELECT * FROM "{query.table_name}"', f"{offline_store_s3_uri}/results")
    assert list(read.columns) == [*ORDERS.columns, "write_time", "api_invocation_time", "is_deleted"]
    same(read, ORDERS)


def test_aggregates_are_those_of_pandas(groups, offline_store_s3_uri):
    query = groups[0].athena_query()
    sql = f'SELECT customer, COUNT(*) AS n, AVG(amount) AS mean, SUM("count") AS total FROM "{query.table_name}" WHERE "count" > 1 GROUP BY customer'
    expected = (
        ORDERS[ORDERS["count"] > 1]
        .groupby("customer")
        .agg(n=("order_id", "size"), mean=("amount", "mean"), total=("count", "sum"))
    )
    same(frame_of(query, sql, f"{offline_store_s3_uri}/results"), expected.reset_index())


def test_a_query_that_fails_says_so(groups, offline_store_s3_uri):
    query = groups[0].athena_query()
    query.run(query_string="SELECT nothing FROM nowhere", output_location=f"{offline_store_s3_uri}/results")
    query.wait()
    status = query.get_query_execution()["QueryExecution"]["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith("TABLE_NOT_FOUND: ")


def builder(session, base, offline_store_s3_uri, **options):
    return FeatureStore(session).create_dataset(base=base, output_path=f"{offline_store_s3_uri}/datasets", **options)


def latest_scores():
    return SCORES.drop_duplicates(["customer", "score_time"], keep="last")


def known(base, key, time):
    """Each row of a base with the scores that there were at its time."""
    pairs = base.merge(latest_scores(), left_on=key, right_on="customer", suffixes=("", "_of_score"))
    return pairs[pairs["score_time"] <= pairs[time]]


def test_a_dataset_has_each_record_once(session, groups, offline_store_s3_uri):
    read, sql = builder(session, groups[1], offline_store_s3_uri).to_dataframe()
    same(read, latest_scores())
    assert "row_number()" in sql


def test_a_dataset_has_duplicates_where_it_is_asked_to(session, groups, offline_store_s3_uri):
    read, _ = builder(session, groups[1], offline_store_s3_uri).include_duplicated_records().to_dataframe()
    same(read, SCORES)


def test_a_dataset_has_what_is_deleted_where_it_is_asked_to(session, groups, offline_store_s3_uri):
    groups[0].delete_record("o0", f"{START + 5000}")
    left, _ = builder(session, groups[0], offline_store_s3_uri).to_dataframe()
    same(left, ORDERS[ORDERS["order_id"] != "o0"])
    everything, _ = builder(session, groups[0], offline_store_s3_uri).include_deleted_records().to_dataframe()
    same(everything, ORDERS)


SCORE = {"customer.1": "of", "score_time.1": "score_time", "score.1": "score"}


def test_a_point_in_time_accurate_join(session, groups, offline_store_s3_uri):
    dataset = builder(session, groups[0], offline_store_s3_uri)
    read, _ = dataset.with_feature_group(groups[1], "customer").point_in_time_accurate_join().to_dataframe()
    expected = known(ORDERS, "customer", "et")[["order_id", "et", "amount", "score_time", "score"]]
    same(read.rename(columns=SCORE), expected)


def test_a_point_in_time_accurate_join_with_the_latest_only(session, groups, offline_store_s3_uri):
    dataset = builder(session, groups[0], offline_store_s3_uri).with_feature_group(groups[1], "customer")
    latest = dataset.point_in_time_accurate_join().with_number_of_recent_records_by_record_identifier(1)
    read, _ = latest.to_dataframe()
    expected = known(ORDERS, "customer", "et").sort_values("score_time").groupby("order_id").tail(1)
    same(read.rename(columns=SCORE), expected[["order_id", "et", "amount", "score_time", "score"]])


def test_a_point_in_time_accurate_join_with_a_frame_as_base(session, groups, offline_store_s3_uri):
    base = pd.DataFrame(
        {"who": ["c0", "c1", "c1", "c2"], "at": [START + seconds for seconds in (260.0, 60.0, 700.0, 1.0)]}
    )
    base["who"] = base["who"].astype(object)  # the SDK does not know pandas' own type of texts
    names = {"record_identifier_feature_name": "who", "event_time_identifier_feature_name": "at"}
    dataset = builder(session, base, offline_store_s3_uri, **names).with_feature_group(groups[1], "who")
    read, _ = dataset.point_in_time_accurate_join().to_dataframe()
    same(read.rename(columns=SCORE), known(base, "who", "at")[["who", "at", "score_time", "score"]])


def test_a_dataset_as_of_a_time(session, groups, offline_store_s3_uri):
    moment = dt.datetime.fromtimestamp(START + 300, dt.timezone.utc).replace(tzinfo=None)
    tomorrow = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None) + dt.timedelta(days=1)
    nothing, _ = builder(session, groups[0], offline_store_s3_uri).as_of(moment).to_dataframe()
    assert nothing.empty  # it was all written after that
    everything, _ = builder(session, groups[0], offline_store_s3_uri).as_of(tomorrow).to_dataframe()
    same(everything, ORDERS)


def test_a_dataset_of_a_range_of_event_times(session, groups, offline_store_s3_uri):
    first, last = (
        dt.datetime.fromtimestamp(START + seconds, dt.timezone.utc).replace(tzinfo=None) for seconds in (200, 500)
    )
    read, _ = builder(session, groups[0], offline_store_s3_uri).with_event_time_range(first, last).to_dataframe()
    same(read, ORDERS[ORDERS["et"].between(START + 200, START + 500)])
