"""The server's own part: headers and paths as moto and we need them."""

import socket

import pytest
from moto.core import request


def raw(url, *lines):
    host, _, port = url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join((*lines, "Host: localhost", "Connection: close", "", "")).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_a_header_with_underscores_does_not_stand_in_for_another(server_clients, server_url):
    answer = raw(server_url, "GET /FeatureGroup/nobody HTTP/1.1", "X_Amz_Target: SageMaker.ListFeatureGroups")
    assert "Value null at 'recordIdentifierValueAsString'" in answer


def test_metadata_of_s3_keep_their_underscores(server_clients):
    if not hasattr(request, "PRESERVED_HEADER_NAMES_ENVIRON_KEY"):
        pytest.skip("moto 5.2.4 does not keep them")
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Metadata={"my_key": "1"})
    assert s3.head_object(Bucket="bucket", Key="key")["Metadata"] == {"my_key": "1"}


def test_metadata_with_dashes_win_over_those_with_underscores(server_clients, server_url):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    raw(server_url, "PUT /bucket/key HTTP/1.1", "Content-Length: 0", "x-amz-meta-my_key: 1", "x-amz-meta-my-key: 2")
    assert s3.head_object(Bucket="bucket", Key="key")["Metadata"] == {"my-key": "2"}


@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "a b+c", "ü"])
def test_keys_of_s3_are_as_they_were_sent(key, server_clients):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key=key, Body=b"1")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="bucket")["Contents"]] == [key]
