"""The requests of the Spark connector (sagemaker-feature-store-pyspark), replayed: Java and Spark are not needed.

Which calls it makes, with what in them, and what it reads of the answers: FeatureStoreManager.scala (ingestData, listRecords) of
https://github.com/aws/sagemaker-feature-store-spark; names and values are those of its FeatureStoreManagerTest.scala. It
names a group by its ARN, always. On the wire they are as the AWS SDK for Java 2 makes them, which encodes all of a label, the
ARN's colons and slash too (PathMarshaller.NON_GREEDY of https://github.com/aws/aws-sdk-java-v2).
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
    """Sends a signed request to a group's region, where the connector's group is: the answer, parsed."""
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
        answer = requests.request(method, signed.url, headers=dict(signed.headers), data=signed.body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else {}

    return send


def list_records(send, **params):
    return send("POST", f"{PATH}/ListRecords", {"IncludeSoftDeletedRecords": False, **params})


def identifiers(send):
    return sorted(list_records(send)["RecordIdentifiers"])


def test_the_group_is_described_by_its_arn(send):
    described = send(
        "POST",
        "/",
        {"FeatureGroupName": ARN},
        "sagemaker",
        **{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.DescribeFeatureGroup"},
    )
    # FeatureGroupHelper.scala and InputDataSchemaValidator.scala read these.
    assert described["FeatureGroupArn"] == ARN
    assert described["FeatureGroupName"] == NAME
    assert described["FeatureGroupStatus"] == "Created"
    assert {name: described[name] for name in GROUP if name != "OnlineStoreConfig"} == {
        name: GROUP[name] for name in GROUP if name != "OnlineStoreConfig"
    }
    assert described["OnlineStoreConfig"]["EnableOnlineStore"] is True
    assert "OfflineStoreConfig" not in described


@pytest.mark.parametrize("options", [{}, {"TargetStores": ["OnlineStore"]}], ids=["all stores", "the online store"])
def test_a_row_is_put_by_the_group_s_arn(send, options):
    needs("ListRecords")
    assert send("PUT", PATH, {"Record": row(1), **options}) == {}
    assert identifiers(send) == ["identifier-1"]


def test_rows_are_written_in_batches_of_25(send):
    needs("BatchWriteRecord")
    rows = [row(number) for number in range(40)]
    for start in (0, 25):
        entries = [entry(record, TargetStores=["OnlineStore"]) for record in rows[start : start + 25]]
        assert send("POST", "/BatchWriteRecord", {"Entries": entries}) == {"Errors": [], "UnprocessedEntries": []}
    assert identifiers(send) == sorted(record[0]["ValueAsString"] for record in rows)


def test_a_row_that_fails_is_found_among_those_that_were_sent(send):
    needs("BatchWriteRecord")
    bad = [row(2)[0], feature("event-time", "yesterday")]
    entries = [entry(record, TargetStores=["OnlineStore"]) for record in (row(1), bad, row(3))]
    written = send("POST", "/BatchWriteRecord", {"Entries": entries})
    # The connector looks for each by equality, and tells of it as "ErrorCode: ErrorMessage".
    [error] = written["Errors"]
    sent = {name: value for name, value in error["Entry"].items() if value is not None}
    sent["Record"] = [{name: value for name, value in held.items() if value is not None} for held in sent["Record"]]
    assert entries.index(sent) == 1
    assert error["ErrorCode"] == "ValidationError"
    assert "[event-time]" in error["ErrorMessage"]
    assert written["UnprocessedEntries"] == []
    assert identifiers(send) == ["identifier-1", "identifier-3"]


def test_records_are_listed_page_by_page(send):
    needs("ListRecords")
    for number in (1, 2, 3):
        send("PUT", PATH, {"Record": row(number)})
    found, token = [], {}
    while len(found) < 3:
        page = list_records(send, MaxResults=2, **token)
        assert page["RecordIdentifiers"]
        found += page["RecordIdentifiers"]
        token = {"NextToken": page.get("NextToken")}
    assert sorted(found) == ["identifier-1", "identifier-2", "identifier-3"]
    assert token["NextToken"] is None
