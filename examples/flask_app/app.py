"""A Flask application that reads and writes the features of customers."""

from datetime import UTC, datetime

import boto3
from flask import Flask, abort

runtime = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")
app = Flask(__name__)


@app.get("/customers/<customer>")
def read(customer: str) -> dict[str, str]:
    """Return the features of a customer."""
    response = runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString=customer)
    if "Record" not in response:
        abort(404)
    return {feature["FeatureName"]: feature["ValueAsString"] for feature in response["Record"]}


@app.put("/customers/<customer>/city/<city>")
def move(customer: str, city: str) -> tuple[str, int]:
    """Write the city of a customer."""
    values = {"id": customer, "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "city": city}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    try:
        runtime.put_record(FeatureGroupName="customers", Record=record)
    except runtime.exceptions.AccessForbidden:
        abort(403)
    return "", 204
