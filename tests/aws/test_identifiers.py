"""ARNs and S3 URIs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moto_featurestore.aws.identifiers import Arn, S3Uri, is_arn, is_s3_uri

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureGroup.html
GROUP = "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:feature-group/customers"

PART = st.text(st.characters(exclude_characters=":"))


def test_parse_of_arn_returns_its_parts():
    arn = Arn.parse(GROUP)
    assert arn == ("aws-us-gov", "sagemaker", "us-gov-west-1", "123456789012", "feature-group/customers")
    assert arn.name == "customers"


@given(st.tuples(PART, PART, PART, PART, st.text()))
def test_parse_of_arn_converted_to_string_returns_an_equal_arn(parts):
    assert Arn.parse(str(Arn(*parts))) == parts


@pytest.mark.parametrize("text", ["", "customers", "arn:aws:s3", "urn:aws:s3:::bucket"])
def test_parse_of_invalid_arn_raises_value_error(text):
    with pytest.raises(ValueError, match="is not an ARN"):
        Arn.parse(text)


def test_is_arn_for_string_that_is_not_an_arn_returns_false():
    assert is_arn(GROUP)
    assert not is_arn("arn")


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://bucket/a/b c\n/", "bucket", "a/b c\n/"),
        ("s3a://bucket/key", "bucket", "key"),
        ("s3n://bucket/key", "bucket", "key"),
    ],
)
def test_parse_of_s3_uri_returns_bucket_and_key(text, bucket, key):
    assert S3Uri.parse(text) == (bucket, key)
    assert str(S3Uri.parse(text)) == f"s3://{bucket}/{key}"


@pytest.mark.parametrize("text", ["", "bucket/key", "s3:/bucket/key", "s3:///key", "https://bucket/key"])
def test_parse_of_invalid_s3_uri_raises_value_error(text):
    with pytest.raises(ValueError, match="is not an S3 URI"):
        S3Uri.parse(text)
    assert not is_s3_uri(text)


def test_is_s3_uri_for_uri_with_another_scheme_returns_false():
    assert is_s3_uri("s3://bucket")
    assert not is_s3_uri("s3a://bucket/key")


@pytest.mark.parametrize(("key", "folder"), [("", ""), ("a", "a/"), ("a/", "a/")])
def test_folder_of_s3_uri_ends_with_a_slash(key, folder):
    assert S3Uri("bucket", key).folder == S3Uri("bucket", folder)
