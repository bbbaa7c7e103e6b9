"""A reader of scores that retries what the service left unprocessed."""

import time

import boto3
from botocore.config import Config

runtime = boto3.client(
    "sagemaker-featurestore-runtime",
    region_name="us-east-1",
    config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
)


def read(customers: list[str]) -> dict[str, float]:
    """Return the score of each customer that has one.

    :raises PermissionError: if the caller may not read the feature group
    :raises TimeoutError: if the service does not process all customers
    """
    wanted = [{"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": customers}]
    scores = {}
    for attempt in range(3):
        try:
            response = runtime.batch_get_record(Identifiers=wanted)
        except runtime.exceptions.AccessForbidden as error:
            raise PermissionError(str(error)) from error
        for record in response["Records"]:
            features = {feature["FeatureName"]: feature["ValueAsString"] for feature in record["Record"]}
            scores[features["id"]] = float(features["score"])
        wanted = response["UnprocessedIdentifiers"]
        if not wanted:
            return scores
        time.sleep(0.01 * 2**attempt)
    raise TimeoutError(f"not processed: {wanted}")
