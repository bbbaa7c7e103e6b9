"""A Lambda function that writes the customers in SQS messages to a feature group."""

import json
from http import HTTPStatus
from typing import Any

import boto3
from botocore.exceptions import ClientError

runtime = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes a context
    """Write each message. Return the messages that SQS must deliver again."""
    return {"batchItemFailures": [{"itemIdentifier": m["messageId"]} for m in event["Records"] if not write(m)]}


def write(message: dict[str, Any]) -> bool:
    """Write the customer of a message. Return False if the message must be delivered again."""
    customer = json.loads(message["body"])
    record = [{"FeatureName": name, "ValueAsString": str(value)} for name, value in customer.items()]
    try:
        runtime.put_record(FeatureGroupName="customers", Record=record)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return False
        print(f"Dropped {customer}: {error}")  # it would be rejected again
    return True
