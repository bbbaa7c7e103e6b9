"""Datasets and queries of the unmodified SageMaker Python SDK. Their values are compared with pandas.

The tests run with the installed version of the SDK, v2 or v3. They cover Glue and Iceberg tables, both types of event times, in process
and through the server.
"""

import datetime as dt
import io
import operator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests
import time_machine

from moto_featurestore import mock_featurestore
from moto_featurestore._moto import patches

try:
    from support import sagemaker_v2 as sdk
except ModuleNotFoundError:
    sdk = pytest.importorskip("support.sagemaker_v3", reason="no SageMaker Python SDK is installed")

import pandas as pd
from support.datasets import (
    AFTER,
    BETWEEN,
    BUCKET,
    FIRST,
    FRACTIONAL,
    ORDERS,
    OUTPUT,
    SCORES,
    SECOND,
    SHOPS,
    START,
    STRING,
    TABLES,
    known,
    most_recent,
    pairs,
    same,
    times,
)

pytestmark = pytest.mark.sdk


@dataclass(frozen=True)
class World:
    """Feature groups with the rows of both sessions, and an SDK session to read them."""

    table_format: str
    kind: str
    session: Any
    groups: dict[str, Any]

    def dataset(self, base, **options):
        """Return a dataset builder for one of the tables, or for a frame."""
        base = base if isinstance(base, pd.DataFrame) else self.groups[base.name]
        return sdk.create_dataset(base, OUTPUT, self.session, **options)

    def rows(self, *tables):
        """Return the rows of each table in a default dataset."""
        return [table.dataset(self.kind) for table in tables]

    def moment(self, second):
        """Return an event time as in the rows.

        :param second: seconds after ``START``
        """
        return times(pd.Series([second]), self.kind)[0]


WORLDS = [
    (entry_point, table_format, kind)
    for entry_point in ("in process", "server")
    for table_format, kind in (("Glue", FRACTIONAL), ("Glue", STRING), ("Iceberg", STRING))
]


@pytest.fixture(scope="module", params=WORLDS, ids=", ".join)
def shared(request):
    """Create a world for all tests of the module, which only read it, and yield it with the server's URL or None."""
    entry_point, table_format, kind = request.param
    url = request.getfixturevalue("session_server_url") if entry_point == "server" else None
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, url)
        if url:
            patches.begin_mock()  # in the server of this process, for longer than one test
            requests.post(f"{url}/moto-api/reset", timeout=10)
            yield build(table_format, kind), url
            requests.post(f"{url}/moto-api/reset", timeout=10)
            patches.end_mock()
        else:
            with mock_featurestore():
                yield build(table_format, kind), None
    sdk.reset()


def enter(patch, url):
    """Set the environment so that the SDKs use the mock or the server."""
    for name, value in (
        ("ACCESS_KEY_ID", "testing"),
        ("SECRET_ACCESS_KEY", "testing"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        patch.setenv(f"AWS_{name}", value)
    if url:
        patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setattr(boto3, "DEFAULT_SESSION", None)
    sdk.reset()


def build(table_format, kind):
    """Create feature groups with the rows of both sessions in their offline stores."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    session, groups = sdk.session(), {}
    for table in TABLES:
        frame = table.written(0, kind)
        texts = frame.select_dtypes(exclude="number")
        groups[table.name] = sdk.create(table, frame.astype(dict.fromkeys(texts, "string")), table_format, session)
    for session_number, moment in enumerate((FIRST, SECOND)):
        with time_machine.travel(moment, tick=False):
            for table in TABLES:
                sdk.ingest(groups[table.name], table.written(session_number, kind))
                if session_number:
                    for identifier, at in table.deleted(kind).itertuples(index=False):
                        sdk.delete(groups[table.name], identifier, str(at))
            boto3.client("s3").list_objects_v2(Bucket=BUCKET)  # a read of the bucket writes the rows
    return World(table_format, kind, session, groups)


@pytest.fixture
def world(shared, tmp_path, monkeypatch):
    """Return the world, and change to a temporary directory for downloads of the SDK."""
    world, url = shared
    enter(monkeypatch, url)
    monkeypatch.chdir(tmp_path)
    return world


def in_worlds(*kinds):
    """Return a mark that runs a test in the worlds with certain types of event times."""
    worlds = [world for world in WORLDS if world[2] in kinds]
    return pytest.mark.parametrize("shared", worlds, ids=", ".join, indirect=True)


timed = in_worlds(FRACTIONAL, STRING) if sdk.VERSION == 2 else in_worlds(FRACTIONAL)
"""v3 generates invalid statements to compare event times of type String, as tests below show."""

v2_only = pytest.mark.skipif(sdk.VERSION != 2, reason="an error of v3 prevents it")
v3_only = pytest.mark.skipif(sdk.VERSION != 3, reason="v2 generates valid statements")


def frame_of(dataset):
    return dataset.to_dataframe()[0]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_dataset_by_default_omits_duplicated_and_deleted_records(world, table):
    same(frame_of(world.dataset(table)), table.dataset(world.kind))


def test_dataset_with_duplicated_records_contains_duplicates(world):
    expected = ORDERS.alive(ORDERS.history(world.kind))
    same(frame_of(world.dataset(ORDERS).include_duplicated_records()), ORDERS.features(expected))


def test_dataset_with_deleted_records_contains_deleted_rows(world):
    expected = ORDERS.deduplicated(ORDERS.history(world.kind).query("not is_deleted"))
    same(frame_of(world.dataset(ORDERS).include_deleted_records()), ORDERS.features(expected))


def test_dataset_with_duplicated_and_deleted_records_contains_all_rows(world):
    dataset = world.dataset(ORDERS).include_duplicated_records().include_deleted_records()
    same(frame_of(dataset), ORDERS.features(ORDERS.history(world.kind).query("not is_deleted")))


def test_dataset_with_included_features_contains_only_these_features(world):
    dataset = world.dataset(ORDERS, included_feature_names=["amount", "customer"])
    same(frame_of(dataset), ORDERS.dataset(world.kind)[["amount", "customer"]])


def reason(dataset):
    """Run the query of a dataset, which fails, and return the reason."""
    with pytest.raises(RuntimeError, match=r"[Ff]ailed"):
        dataset.to_dataframe()
    athena = boto3.client("athena")
    ids = athena.list_query_executions()["QueryExecutionIds"]
    executions = [athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]["Status"] for id_ in ids]
    return max(executions, key=operator.itemgetter("SubmissionDateTime"))["StateChangeReason"]


def naive(moment):
    return moment.replace(tzinfo=None)


def test_dataset_as_of_a_time_contains_rows_written_until_this_time(world):
    same(frame_of(world.dataset(ORDERS).as_of(naive(BETWEEN))), ORDERS.written(0, world.kind))
    same(frame_of(world.dataset(ORDERS).as_of(naive(AFTER))), ORDERS.dataset(world.kind))
    assert frame_of(world.dataset(ORDERS).as_of(naive(FIRST) - dt.timedelta(seconds=1))).empty


def test_dataset_as_of_a_time_with_duplicated_and_deleted_records_contains_all_rows(world):
    dataset = world.dataset(SCORES).include_duplicated_records().include_deleted_records().as_of(naive(BETWEEN))
    same(frame_of(dataset), SCORES.written(0, world.kind))


def test_dataset_with_as_of_time_in_a_time_zone_fails(world):
    assert reason(world.dataset(ORDERS).as_of(BETWEEN)).startswith("INVALID_FUNCTION_ARGUMENT: ")


def range_of(first, last):
    return [dt.datetime.fromtimestamp(START + second, dt.UTC) for second in (first, last)]


def between(world, rows, time, first, last):
    return rows[rows[time].between(world.moment(first), world.moment(last))]


@timed
def test_dataset_with_event_time_range_contains_only_rows_in_the_range(world):
    rows = between(world, ORDERS.history(world.kind), "et", 100, 850)
    dataset = world.dataset(ORDERS).with_event_time_range(*range_of(100, 850)).as_of(naive(AFTER))
    same(frame_of(dataset), ORDERS.features(ORDERS.alive(ORDERS.deduplicated(rows), rows)))


@timed
def test_dataset_with_event_time_range_and_deleted_records_contains_deleted_rows(world):
    rows = between(world, ORDERS.history(world.kind).query("not is_deleted"), "et", 200, 500)
    dataset = world.dataset(ORDERS).with_event_time_range(*range_of(200, 500)).include_deleted_records()
    same(frame_of(dataset), ORDERS.features(ORDERS.deduplicated(rows)))


@timed
@pytest.mark.parametrize(("first", "last"), [(300, None), (None, 300)])
def test_dataset_with_event_time_range_of_one_bound_is_open_at_the_other_end(world, first, last):
    start, end = (None if bound is None else range_of(bound, bound)[0] for bound in (first, last))
    history = ORDERS.history(world.kind)
    rows = between(world, history, "et", -10_000 if first is None else first, 10_000 if last is None else last)
    dataset = world.dataset(ORDERS).with_event_time_range(start, end)
    same(frame_of(dataset), ORDERS.features(ORDERS.alive(ORDERS.deduplicated(rows), history)))


@v2_only
def test_dataset_with_event_time_range_and_without_as_of_contains_only_rows_in_the_range(world):
    rows = between(world, ORDERS.history(world.kind), "et", 100, 850)
    dataset = world.dataset(ORDERS).with_event_time_range(*range_of(100, 850))
    same(frame_of(dataset), ORDERS.features(ORDERS.alive(ORDERS.deduplicated(rows), rows)))


@v3_only
def test_dataset_with_event_time_range_and_without_as_of_fails_because_sdk_omits_a_space(world):
    assert reason(world.dataset(ORDERS).with_event_time_range(*range_of(100, 850))).startswith("SYNTAX_ERROR: ")


@v3_only
@in_worlds(STRING)
def test_dataset_with_string_event_times_fails_because_the_sdk_expects_numbers(world):
    datasets = [
        world.dataset(ORDERS).with_event_time_range(range_of(100, 100)[0]),
        world.dataset(ORDERS).with_feature_group(world.groups["scores"], "customer").point_in_time_accurate_join(),
    ]
    for dataset in datasets:
        assert "Unexpected parameters (varchar) for function from_unixtime" in reason(dataset)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_dataset_with_number_of_recent_records_contains_the_latest_rows_of_each_identifier(world, number):
    dataset = world.dataset(SCORES).with_number_of_recent_records_by_record_identifier(number)
    same(frame_of(dataset), most_recent(SCORES.dataset(world.kind), "customer", "score_time", number))


@pytest.mark.parametrize("number", [0, 3, 100])
def test_dataset_with_number_of_records_limits_the_rows(world, number):
    read = frame_of(world.dataset(ORDERS).with_number_of_records_from_query_results(number))
    expected = ORDERS.dataset(world.kind)
    assert len(read) == min(number, len(expected))
    same(read, expected[expected["order_id"].isin(read["order_id"])])


def test_dataset_with_join_of_two_groups_by_record_identifier_matches_pandas(world):
    orders, scores = world.rows(ORDERS, SCORES)
    dataset = world.dataset(ORDERS).with_feature_group(world.groups["scores"], "customer")
    same(frame_of(dataset), pairs(orders, scores).query("`customer` == `customer.1`"))


@pytest.mark.parametrize("join", ["INNER", "LEFT", "RIGHT", "FULL"])
def test_dataset_with_each_join_type_matches_pandas(world, join):
    orders, scores = world.rows(ORDERS, SCORES)
    dataset = world.dataset(ORDERS).with_feature_group(
        world.groups["scores"], "customer", join_type=sdk.JoinTypeEnum[f"{join}_JOIN"]
    )
    how = {"FULL": "outer"}.get(join, join.lower())
    same(frame_of(dataset), orders.merge(scores.add_suffix(".1"), how, left_on="customer", right_on="customer.1"))


def test_dataset_with_cross_join_fails_because_the_sdk_adds_a_condition(world):
    dataset = world.dataset(ORDERS).with_feature_group(
        world.groups["scores"], "customer", join_type=sdk.JoinTypeEnum.CROSS_JOIN
    )
    assert reason(dataset).startswith("SYNTAX_ERROR: ")


COMPARATORS = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL_TO": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL_TO": operator.le,
    "NOT_EQUAL_TO": operator.ne,
}


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_dataset_with_join_comparator_between_other_features_matches_pandas(world, comparator):
    orders, shops = world.rows(ORDERS, SHOPS)
    dataset = world.dataset(ORDERS).with_feature_group(
        world.groups["shops"],
        "amount",
        feature_name_in_target="limit",
        join_comparator=sdk.JoinComparatorEnum[comparator],
    )
    joined = pairs(orders.dropna(subset="amount"), shops)  # a comparison with NULL is never true
    same(frame_of(dataset), joined[COMPARATORS[comparator](joined["amount"], joined["limit.1"])])


def test_dataset_with_several_joins_and_included_features_matches_pandas(world):
    orders, scores, shops = world.rows(ORDERS, SCORES, SHOPS)
    dataset = (
        world.dataset(ORDERS, included_feature_names=["order_id", "customer", "amount"])
        .with_feature_group(world.groups["scores"], "customer", ["score"])
        .with_feature_group(world.groups["shops"], "customer", ["shop", "owner"], "owner")
    )
    expected = pairs(orders, scores, shops).query("`customer` == `customer.1` and `customer` == `owner.2`")
    same(frame_of(dataset), expected[["order_id", "customer", "amount", "score.1", "shop.2", "owner.2"]])


def test_dataset_with_join_by_excluded_feature_fails_because_the_sdk_omits_the_column(world):
    dataset = world.dataset(ORDERS).with_feature_group(world.groups["shops"], "customer", ["shop"], "owner")
    assert "Column 'fg_0.owner' cannot be resolved" in reason(dataset)


@timed
def test_point_in_time_join_of_two_groups_matches_pandas(world):
    orders, scores = world.rows(ORDERS, SCORES)
    dataset = world.dataset(ORDERS).with_feature_group(world.groups["scores"], "customer")
    same(frame_of(dataset.point_in_time_accurate_join()), known(orders, "customer", "et", scores))


@timed
def test_point_in_time_join_as_of_a_time_matches_pandas(world):
    orders, scores = (table.written(0, world.kind) for table in (ORDERS, SCORES))
    dataset = world.dataset(ORDERS).with_feature_group(world.groups["scores"], "customer")
    read = frame_of(dataset.point_in_time_accurate_join().as_of(naive(BETWEEN)))
    same(read, known(orders, "customer", "et", scores))


@timed
def test_point_in_time_join_with_the_most_recent_records_matches_pandas(world):
    orders, scores = world.rows(ORDERS, SCORES)
    dataset = world.dataset(ORDERS).with_feature_group(world.groups["scores"], "customer")
    read = frame_of(dataset.point_in_time_accurate_join().with_number_of_recent_records_by_record_identifier(1))
    same(read, most_recent(known(orders, "customer", "et", scores), "order_id", ["et", "score_time.1"], 1))


@timed
def test_point_in_time_left_join_returns_rows_without_a_match(world):
    orders, scores = world.rows(ORDERS, SCORES)
    dataset = world.dataset(ORDERS).with_feature_group(
        world.groups["scores"], "customer", join_type=sdk.JoinTypeEnum.LEFT_JOIN
    )
    expected = orders.merge(known(orders, "customer", "et", scores), "left", list(orders))
    assert expected["score_time.1"].isna().any()
    same(frame_of(dataset.point_in_time_accurate_join()), expected)


@timed
def test_point_in_time_join_of_several_groups_matches_pandas(world):
    orders, scores, shops = world.rows(ORDERS, SCORES, SHOPS)
    dataset = (
        world.dataset(ORDERS)
        .with_feature_group(world.groups["scores"], "customer")
        .with_feature_group(world.groups["shops"], "customer", feature_name_in_target="owner")
        .point_in_time_accurate_join()
    )
    joined = pairs(orders, scores, shops)
    expected = joined[
        (joined["customer"] == joined["customer.1"])
        & (joined["et"] >= joined["score_time.1"])
        & (joined["customer"] == joined["owner.2"])
        & (joined["et"] >= joined["opened.2"])
    ]
    assert len(expected) > 2
    same(frame_of(dataset), expected)


def people(world):
    """Return a frame that does not belong to a feature group."""
    seconds = pd.Series([260, 60, 700, 1])
    frame = pd.DataFrame(
        {
            "who": ["c0", "c1", "c1", "c7"],
            "at": times(seconds, world.kind),
            "visits": [3, 1, 4, 1],
            "weight": [0.5, -1.25, 3.0, 1e-7],
            "member": [True, False, True, False],
        }
    )
    texts = [name for name in ("who", "at") if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(texts, object))  # the SDK does not support pandas' string dtype


NAMES = {"record_identifier_feature_name": "who", "event_time_identifier_feature_name": "at"}


def test_dataset_of_data_frame_equals_the_data_frame(world):
    same(frame_of(world.dataset(people(world), **NAMES)), people(world))


def test_dataset_of_data_frame_joined_with_a_group_matches_pandas(world):
    [scores] = world.rows(SCORES)
    dataset = world.dataset(people(world), **NAMES).with_feature_group(world.groups["scores"], "who")
    same(frame_of(dataset), pairs(people(world), scores).query("`who` == `customer.1`"))


@timed
def test_point_in_time_join_with_data_frame_as_base_matches_pandas(world):
    [scores] = world.rows(SCORES)
    dataset = world.dataset(people(world), **NAMES).with_feature_group(world.groups["scores"], "who")
    same(frame_of(dataset.point_in_time_accurate_join()), known(people(world), "who", "at", scores))


@timed
def test_point_in_time_join_of_data_frame_with_recent_records_matches_pandas(world):
    [scores] = world.rows(SCORES)
    options = {"included_feature_names": ["who", "at", "visits"]}
    dataset = (
        world.dataset(people(world), **NAMES, **options)
        .with_feature_group(world.groups["scores"], "who", ["score", "score_time"])
        .point_in_time_accurate_join()
        .with_number_of_recent_records_by_record_identifier(1)
    )
    expected = most_recent(known(people(world), "who", "at", scores), "who", ["at", "score_time.1"], 1)
    same(frame_of(dataset), expected[["who", "at", "visits", "score.1", "score_time.1"]])


def test_to_csv_file_returns_the_s3_uri_and_the_query(world):
    uri, sql = world.dataset(ORDERS).to_csv_file()
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    same(pd.read_csv(io.BytesIO(body)), ORDERS.dataset(world.kind))
    assert "row_number()" in sql


def query_result(world, table, sql):
    """Run a query, and return its result.

    :param sql: the query, with ``{}`` for the table's name
    """
    query = sdk.athena_query(world.groups[table.name], world.session)
    query.run(query_string=sql.format(f'"{query.database}"."{query.table_name}"'), output_location=OUTPUT)
    query.wait()
    return query.as_dataframe()


def test_query_returns_the_written_rows(world):
    read = query_result(world, ORDERS, "SELECT * FROM {}")
    expected = ORDERS.history(world.kind)
    moments = expected["session_number"].map({0: FIRST, 1: SECOND})
    for name in ("write_time", "api_invocation_time"):
        read[name] = pd.to_datetime(read[name], utc=True)
    assert list(read.columns) == [*ORDERS.sessions[0], "write_time", "api_invocation_time", "is_deleted"]
    assert sorted(read["write_time"]) == sorted(moments)
    assert sorted(read["api_invocation_time"]) == sorted(moments)
    same(read[[*ORDERS.sessions[0], "is_deleted"]], expected[[*ORDERS.sessions[0], "is_deleted"]])


def test_query_with_aggregates_matches_pandas(world):
    sql = """
        SELECT customer, COUNT(*) AS n, COUNT(amount) AS known, AVG(amount) AS mean, SUM("count") AS total
        FROM {} WHERE "count" > 1 GROUP BY customer
    """
    orders = ORDERS.history(world.kind)
    groups = orders[orders["count"] > 1].groupby("customer")
    expected = groups.agg(
        n=("order_id", "size"), known=("amount", "count"), mean=("amount", "mean"), total=("count", "sum")
    )
    same(query_result(world, ORDERS, sql), expected.reset_index())


def test_query_returns_null_for_missing_values(world):
    read = query_result(world, ORDERS, "SELECT order_id FROM {} WHERE amount IS NULL AND NOT is_deleted")
    rows = ORDERS.history(world.kind)
    same(read, rows[rows["amount"].isna() & ~rows["is_deleted"]][["order_id"]])


@v2_only
def test_get_feature_group_as_dataframe_omits_deleted_records(world):
    read = sdk.get_feature_group_as_dataframe(
        "orders", OUTPUT, session=world.session, latest_ingestion=False, verbose=False
    )
    same(ORDERS.features(read), ORDERS.features(ORDERS.history(world.kind).query("not is_deleted")))


@v2_only
def test_get_feature_group_as_dataframe_returns_the_latest_event_time(world):
    read = sdk.get_feature_group_as_dataframe(
        "scores", OUTPUT, session=world.session, event_time_feature_name="score_time", verbose=False
    )
    rows = SCORES.history(world.kind)
    same(SCORES.features(read), SCORES.features(rows[rows["score_time"] == rows["score_time"].max()]))


def test_error_of_failed_query_contains_the_reason(world):
    query = sdk.athena_query(world.groups["orders"], world.session)
    query.run(query_string="SELECT nothing FROM nowhere", output_location=OUTPUT)
    query.wait()
    status = query.get_query_execution()["QueryExecution"]["Status"]
    assert (status["State"], status["StateChangeReason"].partition(":")[0]) == ("FAILED", "TABLE_NOT_FOUND")
