"""pyiceberg's access to a lake: it reads."""

import pytest
from pyiceberg.types import IntegerType, MapType, StringType
from support.lake import MemoryLake

from moto_featurestore.athena.iceberg import LakeIO, hive_type


def test_objects_are_read_and_never_written():
    lake = MemoryLake()
    lake.put_object("bucket", "a", b"body")
    lake.put_object("bucket", "bc", b"another")
    files = LakeIO(lake)
    found, missing = files.new_input("s3://bucket/a"), files.new_input("s3://bucket/b")
    assert (len(found), found.exists(), found.open().read(), missing.exists()) == (4, True, b"body", False)
    with pytest.raises(FileNotFoundError):
        missing.open()
    with pytest.raises(PermissionError):
        files.new_output("s3://bucket/a")
    with pytest.raises(PermissionError):
        files.delete("s3://bucket/a")
    assert lake.bodies == {"a": b"body", "bc": b"another"}


def test_types_have_glues_names():
    assert hive_type(MapType(1, StringType(), 2, IntegerType())) == "map<string,int>"
