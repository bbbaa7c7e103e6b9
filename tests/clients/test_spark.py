"""Replayed requests of the Spark connector (sagemaker-feature-store-pyspark), without Java and Spark.

The calls, their content, and the members that the connector reads of the responses come from FeatureStoreManager.scala (ingestData,
listRecords) in https://github.com/aws/sagemaker-feature-store-spark. Names and values come from its FeatureStoreManagerTest.scala.
The connector always names a group by its ARN. The requests are encoded as by the AWS SDK for Java 2, which encodes the whole label,
including the colons and the slash of the ARN (PathMarshaller.NON_GREEDY in https://github.com/aws/aws-sdk-java-v2).
"""

import json
from urllib.parse import quote

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.groups import group_parameters
from support.memory import feature, needs

REGION = "us-west-2"
NAME = "test-feature-group"
ARN = f"arn:aws:sagemaker:{REGION}:123456789012:feature-group/{NAME}"
PATH = f"/FeatureGroup/{quote(ARN, safe='')}"
GROUP = group_parameters(NAME, {"record-identifier": "String", "event-time": "String"})


def row(number):
    return [feature("record-identifier", f"identifier-{number}"), feature("event-time", "2021-05-06T05:12:14Z")]


def entry(record, **options):
    return {"FeatureGroupName": ARN, "Record": record, **options}


@pytest.fixture(params=["in process", "server"])
def send(request):
    """Create the connector's group, and return a function that sends a signed request and returns the parsed response."""
    if request.param == "in process":
        request.getfixturevalue("clients")
        hosts = {
            "sagemaker": f"https://api.sagemaker.{REGION}.amazonaws.com",
            "runtime": f"https://featurestore-runtime.sagemaker.{REGION}.amazonaws.com",
        }
        boto3.client("sagemaker", REGION).create_feature_group(**GROUP)
    else:
        request.getfixturevalue("server_clients")
        url = request.getfixturevalue("server_url")
        hosts = {"sagemaker": url, "runtime": url}
        boto3.client("sagemaker", REGION, endpoint_url=url).create_feature_group(**GROUP)

    def send(method, path, body, host="runtime", **headers):
        headers = {"Content-Type": "application/json", **headers}
        signed = AWSRequest(method, hosts[host] + path, headers, json.dumps(body))
        SigV4Auth(Credentials("testing", "testing"), "sagemaker", REGION).add_auth(signed)
        response = requests.request(method, signed.url, headers=dict(signed.headers), data=signed.body, timeout=10)
        assert response.status_code == 200, response.text
        return response.json() if response.content else {}

    return send


def list_records(send, **params):
    return send("POST", f"{PATH}/ListRecords", {"IncludeSoftDeletedRecords": False, **params})


def identifiers(send):
    return sorted(list_records(send)["RecordIdentifiers"])


def test_describe_feature_group_by_arn_returns_members_that_the_spark_connector_reads(send):
    described = send(
        "POST",
        "/",
        {"FeatureGroupName": ARN},
        "sagemaker",
        **{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.DescribeFeatureGroup"},
    )
    # FeatureGroupHelper.scala and InputDataSchemaValidator.scala read these members.
    assert described["FeatureGroupArn"] == ARN
    assert described["FeatureGroupName"] == NAME
    assert described["FeatureGroupStatus"] == "Created"
    assert {name: described[name] for name in GROUP if name != "OnlineStoreConfig"} == {
        name: GROUP[name] for name in GROUP if name != "OnlineStoreConfig"
    }
    assert described["OnlineStoreConfig"]["EnableOnlineStore"] is True
    assert "OfflineStoreConfig" not in described


@pytest.mark.parametrize("options", [{}, {"TargetStores": ["OnlineStore"]}], ids=["all stores", "the online store"])
def test_put_record_by_arn_writes_the_row(send, options):
    needs("ListRecords")
    assert send("PUT", PATH, {"Record": row(1), **options}) == {}
    assert identifiers(send) == ["identifier-1"]


def test_batch_write_record_by_arn_writes_25_records_per_call(send):
    needs("BatchWriteRecord")
    rows = [row(number) for number in range(40)]
    for start in (0, 25):
        entries = [entry(record, TargetStores=["OnlineStore"]) for record in rows[start : start + 25]]
        assert send("POST", "/BatchWriteRecord", {"Entries": entries}) == {"Errors": [], "UnprocessedEntries": []}
    assert identifiers(send) == sorted(record[0]["ValueAsString"] for record in rows)


def test_batch_write_record_error_entry_equals_the_sent_entry(send):
    needs("BatchWriteRecord")
    bad = [row(2)[0], feature("event-time", "yesterday")]
    entries = [entry(record, TargetStores=["OnlineStore"]) for record in (row(1), bad, row(3))]
    written = send("POST", "/BatchWriteRecord", {"Entries": entries})
    # The connector finds each entry by equality, and reports it as "ErrorCode: ErrorMessage".
    [error] = written["Errors"]
    sent = {name: value for name, value in error["Entry"].items() if value is not None}
    sent["Record"] = [{name: value for name, value in item.items() if value is not None} for item in sent["Record"]]
    assert entries.index(sent) == 1
    assert error["ErrorCode"] == "ValidationError"
    assert "[event-time]" in error["ErrorMessage"]
    assert written["UnprocessedEntries"] == []
    assert identifiers(send) == ["identifier-1", "identifier-3"]


def test_list_records_by_arn_returns_all_pages(send):
    needs("ListRecords")
    for number in (1, 2, 3):
        send("PUT", PATH, {"Record": row(number)})
    listed, token = [], {}
    while len(listed) < 3:
        page = list_records(send, MaxResults=2, **token)
        assert page["RecordIdentifiers"]
        listed += page["RecordIdentifiers"]
        token = {"NextToken": page.get("NextToken")}
    assert sorted(listed) == ["identifier-1", "identifier-2", "identifier-3"]
    assert token["NextToken"] is None
