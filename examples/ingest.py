"""Ingestion of a data set into the Feature Store.

Run it with ``pip install 'moto-featurestore[examples]'`` and ``python examples/ingest.py``. All calls are plain boto3 calls, as for AWS.
``with mock_featurestore():`` keeps them on this machine. The data set is scikit-learn's diabetes data set with 442 patients, which is
part of its wheel.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import matplotlib as mpl
import pandas as pd
from botocore.exceptions import ClientError
from pandas.api.types import is_integer_dtype
from sklearn.datasets import load_diabetes
from tqdm import tqdm

from moto_featurestore import featurestore, mock_featurestore

REGION, GROUP, BUCKET = "us-east-1", "patients", "feature-store-example"
ROLE = "arn:aws:iam::123456789012:role/feature-store"
START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(hours=8)
BATCH = 100  # maximum number of identifiers in BatchGetRecord

PICTURE = "progression_by_bmi.png"
LATEST = """
    WITH versions AS (
        SELECT *, row_number() OVER (
            PARTITION BY patient ORDER BY "measured-at" DESC, api_invocation_time DESC, write_time DESC
        ) AS version
        FROM "{Database}"."{TableName}"
    )
    SELECT floor(bmi / 3) * 3 AS bmi, avg(target) AS progression, approx_percentile(target, 0.1) AS low,
           approx_percentile(target, 0.9) AS high, count(*) AS patients
    FROM versions
    WHERE version = 1 AND NOT is_deleted
    GROUP BY 1
    ORDER BY 1
"""

Row = dict[str, str]


def main() -> None:
    """Run all steps of the example."""
    frame = load_diabetes(as_frame=True, scaled=False).frame.convert_dtypes()
    rows = list(rows_of(frame))
    with mock_featurestore():
        create_group(frame)
        runtime = boto3.client("sagemaker-featurestore-runtime", region_name=REGION)
        put(runtime, rows)
        read_one_by_one(runtime, rows[:5])
        read_in_batches(runtime, rows)
        updated = update(runtime, rows[0])
        delete(runtime, rows[1])
        show_rejections(runtime, rows[2])
        summarize(len(rows), updated)
        read_offline_store(len(rows) + updated + 1)
        plot(query_offline_store(len(rows) - 1))


def rows_of(frame: Any) -> Iterator[Row]:
    """Yield records: all values as texts, with an identifier and an event time, which the data set does not have."""
    for number, values in enumerate(frame.itertuples(index=False)):
        yield {
            "patient": f"patient-{number:03}",
            "measured-at": iso(START + timedelta(minutes=number)),
            **{name: str(value) for name, value in zip(frame.columns, values, strict=True)},
        }


def create_group(frame: Any) -> None:
    """Create a bucket for the offline store, and a feature group with both stores."""
    boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
    sagemaker = boto3.client("sagemaker", region_name=REGION)
    texts = [{"FeatureName": name, "FeatureType": "String"} for name in ("patient", "measured-at")]
    numbers = [
        {"FeatureName": name, "FeatureType": "Integral" if is_integer_dtype(dtype) else "Fractional"}
        for name, dtype in frame.dtypes.items()
    ]
    sagemaker.create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName="patient",
        EventTimeFeatureName="measured-at",
        FeatureDefinitions=texts + numbers,
        OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "Standard_V2"},  # required by UpdateRecord
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/offline"}},
        RoleArn=ROLE,
    )
    status = sagemaker.describe_feature_group(FeatureGroupName=GROUP)["FeatureGroupStatus"]
    expect(status == "Created", f"the group is {status}")
    print(f"Created the feature group {GROUP!r}: {len(texts + numbers)} features, online and offline.")


def put(runtime: Any, rows: list[Row]) -> None:
    """Write each row with PutRecord."""
    for row in tqdm(
        rows, desc="Putting records", unit=" records", disable=None
    ):  # None: show the bar only on terminals
        runtime.put_record(FeatureGroupName=GROUP, Record=to_record(row))
    print(f"Put {len(rows)} records.")


def read_one_by_one(runtime: Any, rows: list[Row]) -> None:
    """Read records with GetRecord, and compare them with the written rows."""
    for row in rows:
        expect(
            get(runtime, row["patient"]) == row, f"the stored record of {row['patient']} differs from the written one"
        )
    print(f"Read {len(rows)} records one by one. All match the written records.")


def read_in_batches(runtime: Any, rows: list[Row]) -> None:
    """Read all records with BatchGetRecord, which returns them in another order than requested."""
    for start in range(0, len(rows), BATCH):
        batch = {row["patient"]: row for row in rows[start : start + BATCH]}
        response = runtime.batch_get_record(
            Identifiers=[{"FeatureGroupName": GROUP, "RecordIdentifiersValueAsString": list(batch)}]
        )
        records = {record["RecordIdentifierValueAsString"]: to_row(record["Record"]) for record in response["Records"]}
        expect(records == batch, f"the batch at {start} differs from the written records: {response['Errors']}")
    print(f"Read {len(rows)} records in batches of {BATCH}. All match the written records.")


def update(runtime: Any, row: Row) -> bool:
    """Change some features of a record with UpdateRecord. Return False if the installed boto3 does not know the operation."""
    if not hasattr(runtime, "update_record"):
        print("Skipped UpdateRecord: the installed boto3 does not know it.")
        return False
    changes = {"measured-at": iso(LATER), "bmi": "31.5"}
    runtime.update_record(
        FeatureGroupName=GROUP, RecordIdentifierValueAsString=row["patient"], Features=to_record(changes)
    )
    expect(get(runtime, row["patient"]) == row | changes, f"the update of {row['patient']} is missing")
    print(f"Updated {row['patient']}: bmi {row['bmi']} -> {changes['bmi']}.")
    return True


def delete(runtime: Any, row: Row) -> None:
    """Delete a record with DeleteRecord. GetRecord no longer returns it, and the offline store gets a delete marker."""
    runtime.delete_record(
        FeatureGroupName=GROUP,
        RecordIdentifierValueAsString=row["patient"],
        EventTime=iso(LATER),
    )
    expect(get(runtime, row["patient"]) is None, f"{row['patient']} is still there")
    print(f"Deleted {row['patient']}.")


def show_rejections(runtime: Any, row: Row) -> None:
    """Send invalid requests, and print the errors, which are those of AWS."""
    print("Rejected requests, as expected:")
    bad_name = {"FeatureGroupName": "patients!", "Record": to_record(row)}
    bad_store = {"FeatureGroupName": GROUP, "Record": to_record(row), "TargetStores": ["NearlineStore"]}
    for request in (bad_name, bad_store):
        try:
            runtime.put_record(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            expect(code == "ValidationError", f"the error code is {code}")
            print(f"  {error}")
        else:
            expect(False, f"{request} was accepted")  # noqa: FBT003 - this is always a failure


def summarize(count: int, updated: bool) -> None:  # noqa: FBT001 - the result of update
    """Print the content of both stores, read with the handle for tests, without a request."""
    records = featurestore(region_name=REGION).records(GROUP)
    deletions = sum(row["is_deleted"] for row in records.waiting)
    expect(len(records.online) == count - 1, f"{len(records.online)} records are online")
    expect(len(records.waiting) == count + updated + 1, f"{len(records.waiting)} rows wait for the offline store")
    expect(deletions == 1, f"{deletions} of the rows are deletions")
    print()
    print(f"Put       {count:5}")
    print(f"Updated   {updated:5}")
    print(f"Deleted   {deletions:5}")
    print(f"Online    {len(records.online):5} records")
    print(f"Offline   {len(records.waiting):5} rows, one per write")


def read_offline_store(count: int) -> None:
    """Read the offline store with pandas: Parquet files in S3, one for each hour of event times."""
    s3 = boto3.client("s3", region_name=REGION)
    objects = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    keys = [item["Key"] for item in objects if item["Key"].endswith(".parquet")]
    print()
    print(f"The bucket {BUCKET!r} contains {len(keys)} data files, for example")
    print(f"  s3://{BUCKET}/{keys[0]}")
    frames = [read_parquet(s3, key) for key in keys]
    expect(sum(map(len, frames)) == count, f"{sum(map(len, frames))} rows are in the offline store")
    print()
    print(frames[0].head())
    sagemaker = boto3.client("sagemaker", region_name=REGION)
    status = sagemaker.describe_feature_group(FeatureGroupName=GROUP)["OfflineStoreStatus"]["Status"]
    expect(status == "Active", f"the offline store is {status}")
    print()
    print(f"All {count} rows are in the offline store. Its status is {status}.")


def read_parquet(s3: Any, key: str) -> pd.DataFrame:
    """Read an object with pandas."""
    return pd.read_parquet(BytesIO(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))


def query_offline_store(count: int) -> pd.DataFrame:
    """Query the offline store with Athena: the progression of the disease by body mass index.

    Only the latest version of each patient counts, unless it is deleted.
    """
    sagemaker, athena = (boto3.client(service, region_name=REGION) for service in ("sagemaker", "athena"))
    catalog = sagemaker.describe_feature_group(FeatureGroupName=GROUP)["OfflineStoreConfig"]["DataCatalogConfig"]
    execution = athena.start_query_execution(
        QueryString=LATEST.format(**catalog), ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/queries"}
    )["QueryExecutionId"]
    status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
    expect(status["State"] == "SUCCEEDED", f"the query has the status {status}")
    result = boto3.client("s3", region_name=REGION).get_object(Bucket=BUCKET, Key=f"queries/{execution}.csv")
    frame = pd.read_csv(result["Body"])
    expect(frame["patients"].sum() == count, f"the query counts {frame['patients'].sum()} patients")
    print()
    print("Result of the Athena query over the latest versions:")
    print(frame.to_string(index=False))
    return frame


def plot(frame: pd.DataFrame) -> None:
    """Plot the progression of the disease by body mass index to a file: the mean, and the range of 80 % of the patients."""
    mpl.use("Agg")  # works without a screen
    title = "Progression of diabetes within a year, by body mass index"
    axes = frame.plot(x="bmi", y="progression", marker="o", label="mean", title=title)
    axes.fill_between(frame["bmi"], frame["low"], frame["high"], alpha=0.2, label="80 % of the patients")
    axes.set(xlabel="body mass index", ylabel="progression of the disease")
    axes.legend(loc="upper left")
    axes.figure.savefig(PICTURE, bbox_inches="tight")
    print()
    print(f"Saved a plot of it to {PICTURE}.")


def get(runtime: Any, patient: str) -> Row | None:
    """Read a record with GetRecord. Return None if it does not exist."""
    response = runtime.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString=patient)
    return to_row(response["Record"]) if "Record" in response else None


def to_record(row: Row) -> list[dict[str, str]]:
    """Convert a row to a record of the API."""
    return [{"FeatureName": name, "ValueAsString": value} for name, value in row.items()]


def to_row(record: list[dict[str, str]]) -> Row:
    """Convert a record of the API to a row."""
    return {feature["FeatureName"]: feature["ValueAsString"] for feature in record}


def iso(moment: datetime) -> str:
    """Return a time in the format of event times."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition itself
    """Exit with status 1 if a condition does not hold."""
    if not holds:
        sys.exit(f"Unexpected result: {otherwise}")


if __name__ == "__main__":
    main()
