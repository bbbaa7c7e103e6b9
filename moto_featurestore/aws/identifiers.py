"""Parsers of Amazon Resource Names (ARNs) and S3 URIs. All other modules use these parsers."""

import re
from typing import NamedTuple

_S3_URI = re.compile(r"s3[an]?://([^/]+)(?:/(.*))?", re.DOTALL)
"""The syntax of an S3 URI. Hadoop uses the schemes s3a and s3n for the same objects."""


class Arn(NamedTuple):
    """An Amazon Resource Name: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.

    ``str(arn)`` returns the ARN as a string.
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
        """The text after the first slash of ``resource``, such as ``customers``. Empty if there is no slash."""
        return self.resource.partition("/")[2]


def is_arn(text: str) -> bool:
    """Return True if ``text`` starts with ``arn:``. The rest of the text may be invalid."""
    return text.startswith("arn:")


def is_s3_uri(text: str) -> bool:
    """Return True if ``text`` is a valid S3 URI with the scheme ``s3`` (not ``s3a`` or ``s3n``)."""
    return text.startswith("s3://") and _S3_URI.fullmatch(text) is not None


class S3Uri(NamedTuple):
    """The URI of an S3 object or of a key prefix. ``str(uri)`` always has the scheme ``s3``."""

    bucket: str
    key: str
    """An object key or a key prefix. Empty if the URI contains only a bucket."""

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
        """This URI with a slash at the end. It is the prefix of all objects in the folder."""
        is_folder = not self.key or self.key.endswith("/")
        return self if is_folder else S3Uri(self.bucket, f"{self.key}/")
