"""Parsers of Amazon Resource Names (ARNs) and S3 URIs. Other modules do not parse these texts themselves."""

import re
from typing import NamedTuple

_S3_URI = re.compile(r"s3[an]?://([^/]+)(?:/(.*))?", re.DOTALL)
"""The syntax of an S3 URI. Hadoop uses the schemes s3a and s3n for the same objects."""


class Arn(NamedTuple):
    """An Amazon Resource Name: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.

    ``str()`` returns its text.
    """

    partition: str
    service: str
    region: str
    account_id: str
    resource: str
    """The last part, such as ``feature-group/customers``. It may contain colons."""

    @classmethod
    def parse(cls, text: str) -> "Arn":
        """Parse an ARN.

        :raises ValueError: if the text is not an ARN
        """
        prefix, *parts = text.split(":", 5)
        if prefix != "arn" or len(parts) != len(cls._fields):
            raise ValueError(
                f"{text!r} is not an ARN. ARNs have the form arn:partition:service:region:account:resource."
            )
        return cls(*parts)

    def __str__(self) -> str:
        return ":".join(("arn", *self))

    @property
    def name(self) -> str:
        """The part of the resource after the first slash, such as ``customers``."""
        return self.resource.partition("/")[2]


def is_arn(text: str) -> bool:
    """Return True if a text looks like an ARN and not like a name. The ARN may be invalid."""
    return text.startswith("arn:")


def is_s3_uri(text: str) -> bool:
    """Return True if a text is the URI of a bucket or an object, with the scheme s3."""
    return text.startswith("s3://") and _S3_URI.fullmatch(text) is not None


class S3Uri(NamedTuple):
    """The URI of an S3 object, or of all objects with a prefix. ``str()`` returns its text, with the scheme s3."""

    bucket: str
    key: str
    """A key, or a prefix of keys. It is empty for a whole bucket."""

    @classmethod
    def parse(cls, text: str) -> "S3Uri":
        """Parse an S3 URI.

        :raises ValueError: if the text is not an S3 URI
        """
        match = _S3_URI.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not an S3 URI. S3 URIs have the form s3://bucket/key.")
        return cls(match[1], match[2] or "")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def folder(self) -> "S3Uri":
        """The URI with a final slash, as the prefix of all objects in the folder."""
        is_folder = not self.key or self.key.endswith("/")
        return self if is_folder else S3Uri(self.bucket, f"{self.key}/")
