"""Datasets of feature groups, built through boto3 with the SQL of the SageMaker SDK. pandas computes the expected values.

The statements have the form of https://github.com/aws/sagemaker-python-sdk, dataset_builder.py. tests/sdk/test_datasets.py
tests the SDK itself with all options.
"""

import io

import pandas as pd
import pytest
import time_machine
from support.datasets import (
    AFTER,
    BETWEEN,
    BUCKET,
    FIRST,
    FRACTIONAL,
    ORDERS,
    OUTPUT,
    ROLE,
    SCORES,
    SECOND,
    STORE,
    STRING,
    TABLES,
    known,
    most_recent,
    same,
    times,
)

TYPES = {"O": "String", "i": "Integral", "f": "Fractional"}


class World:
    """Feature groups whose offline stores contain the rows of both sessions, and an Athena client."""

    def __init__(self, clients, table_format, kind):
        self.clients, self.kind = clients, kind
        self.from_time = "from_unixtime" if kind == FRACTIONAL else "from_iso8601_timestamp"
        clients("s3").create_bucket(Bucket=BUCKET)
        self.tables = {table.name: self._create(table, table_format) for table in TABLES}
        for session_number, moment in enumerate((FIRST, SECOND)):
            with time_machine.travel(moment, tick=False):
                for table in TABLES:
                    self._write(table, session_number)
                clients("s3").list_objects_v2(Bucket=BUCKET)  # flushes the rows to S3

    def _create(self, table, table_format):
        frame = table.written(0, self.kind)
        definitions = [
            {"FeatureName": name, "FeatureType": TYPES.get(dtype.kind, "String")}
            for name, dtype in frame.dtypes.items()
        ]
        sagemaker = self.clients("sagemaker")
        sagemaker.create_feature_group(
            FeatureGroupName=table.name,
            RecordIdentifierFeatureName=table.key,
            EventTimeFeatureName=table.time,
            FeatureDefinitions=definitions,
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": STORE}, "TableFormat": table_format},
            RoleArn=ROLE,
        )
        group = sagemaker.describe_feature_group(FeatureGroupName=table.name)
        return '"{Database}"."{TableName}"'.format(**group["OfflineStoreConfig"]["DataCatalogConfig"])

    def _write(self, table, session_number):
        runtime = self.clients("sagemaker-featurestore-runtime")
        for row in table.written(session_number, self.kind).to_dict("records"):
            record = [
                {"FeatureName": name, "ValueAsString": str(value)} for name, value in row.items() if not pd.isna(value)
            ]
            runtime.put_record(FeatureGroupName=table.name, Record=record)
        for identifier, at in table.deleted(self.kind).itertuples(index=False) if session_number else ():
            runtime.delete_record(
                FeatureGroupName=table.name, RecordIdentifierValueAsString=identifier, EventTime=str(at)
            )

    def query(self, sql):
        """Run a statement. Return its result, or None if it has no CSV result."""
        athena = self.clients("athena")
        execution_id = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Catalog": "AwsDataCatalog", "Database": "sagemaker_featurestore"},
            ResultConfiguration={"OutputLocation": OUTPUT},
        )["QueryExecutionId"]
        execution = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]["StateChangeReason"]
        bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
        body = self.clients("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return pd.read_csv(io.BytesIO(body)) if key.endswith(".csv") else None

    def latest(self, table, alias, until=None):
        """Return the SDK's query for the latest version of each record that is not deleted.

        :param until: only use rows written until this time
        """
        key, time = f'"{table.key}"', f'"{table.time}"'
        written = (
            f""""write_time" <= to_timestamp('{until:%Y-%m-%d %H:%M:%S}', 'yyyy-mm-dd hh24:mi:ss')""" if until else ""
        )
        columns = ", ".join(f'table_{alias}."{name}"' for name in table.sessions[0])
        return f"""
            WITH table_{alias} AS (
                SELECT * FROM (
                    SELECT *, row_number() OVER (
                        PARTITION BY origin_{alias}.{key}, origin_{alias}.{time}
                        ORDER BY origin_{alias}."api_invocation_time" DESC, origin_{alias}."write_time" DESC
                    ) AS dedup_row_{alias}
                    FROM {self.tables[table.name]} origin_{alias}
                    {f"WHERE origin_{alias}.{written}" if until else ""}
                )
                WHERE dedup_row_{alias} = 1
            ),
            deleted_{alias} AS (
                SELECT * FROM (
                    SELECT *, row_number() OVER (
                        PARTITION BY origin_{alias}.{key}
                        ORDER BY origin_{alias}.{time} DESC, origin_{alias}."api_invocation_time" DESC,
                            origin_{alias}."write_time" DESC
                    ) AS deleted_row_{alias}
                    FROM {self.tables[table.name]} origin_{alias}
                    WHERE is_deleted {f"AND origin_{alias}.{written}" if until else ""}
                )
                WHERE deleted_row_{alias} = 1
            )
            SELECT {columns} FROM (
                SELECT {columns}, table_{alias}."write_time"
                FROM table_{alias} LEFT JOIN deleted_{alias} ON table_{alias}.{key} = deleted_{alias}.{key}
                WHERE deleted_{alias}.{key} IS NULL
                UNION ALL
                SELECT {columns}, table_{alias}."write_time"
                FROM deleted_{alias} JOIN table_{alias} ON table_{alias}.{key} = deleted_{alias}.{key} AND (
                    table_{alias}.{time} > deleted_{alias}.{time}
                    OR (table_{alias}.{time} = deleted_{alias}.{time}
                        AND table_{alias}."api_invocation_time" > deleted_{alias}."api_invocation_time")
                )
            ) AS table_{alias}
            {f"WHERE table_{alias}.{written}" if until else ""}
        """


@pytest.fixture(
    params=[("Glue", FRACTIONAL), ("Glue", STRING), ("Iceberg", STRING)], ids=", ".join
)  # Iceberg tables only accept event times of type String
def world(each_entry_point, request):
    return World(each_entry_point, *request.param)


def test_dataset_with_and_without_as_of_time_equals_pandas_result(world):
    for table in TABLES:
        same(world.query(world.latest(table, "base")), table.dataset(world.kind))
        same(world.query(world.latest(table, "base", until=BETWEEN)), table.written(0, world.kind))
        same(world.query(world.latest(table, "base", until=AFTER)), table.dataset(world.kind))


def test_point_in_time_join_with_most_recent_scores_equals_pandas_result(world):
    orders, scores = (table.dataset(world.kind) for table in (ORDERS, SCORES))
    score_columns = ", ".join(f'fg_0."{name}" as "{name}.1"' for name in scores)
    sql = f"""
        WITH fg_base AS ({world.latest(ORDERS, "base")}), fg_0 AS ({world.latest(SCORES, "0")})
        SELECT order_id, customer, et, amount, count, "customer.1", "score_time.1", "score.1"
        FROM (
            SELECT fg_base.order_id, fg_base.customer, fg_base.et, fg_base.amount, fg_base.count, {score_columns},
                row_number() OVER (
                    PARTITION BY fg_base."order_id" ORDER BY fg_base."et" DESC, fg_0."score_time" DESC
                ) AS row_recent
            FROM fg_base JOIN fg_0 ON fg_base."customer" = fg_0."customer"
            AND {world.from_time}(fg_base."et") >= {world.from_time}(fg_0."score_time")
        )
        WHERE row_recent <= 1
    """
    same(world.query(sql), most_recent(known(orders, "customer", "et", scores), "order_id", ["et", "score_time.1"], 1))


def test_csv_data_frame_joined_with_group_at_event_times_equals_pandas_result(world):
    frame = pd.DataFrame({"who": ["c0", "c1", "c7"], "at": times(pd.Series([260, 700, 1]), world.kind), "n": [3, 1, 4]})
    body = frame.to_csv(index=False, header=False).encode()
    world.clients("s3").put_object(Bucket=BUCKET, Key="frame/frame.csv", Body=body)
    kind = "DOUBLE" if world.kind == FRACTIONAL else "STRING"
    world.query(
        f"CREATE EXTERNAL TABLE dataframe_base (who STRING, at {kind}, n INT) "
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
        'WITH SERDEPROPERTIES ("separatorChar" = ",", "quoteChar" = "`", "escapeChar" = "\\\\") '
        "LOCATION 's3://datasets/frame';"
    )
    sql = f"""
        WITH fg_base AS (SELECT * FROM "sagemaker_featurestore"."dataframe_base"), fg_0 AS ({world.latest(SCORES, "0")})
        SELECT who, at, n, fg_0."customer" AS "customer.1", fg_0."score_time" AS "score_time.1", fg_0."score" AS "score.1"
        FROM fg_base JOIN fg_0 ON fg_base."who" = fg_0."customer"
        AND {world.from_time}(fg_base."at") >= {world.from_time}(fg_0."score_time")
    """
    same(world.query(sql), known(frame, "who", "at", SCORES.dataset(world.kind)))
