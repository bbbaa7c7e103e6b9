"""pyiceberg's access to the objects of a lake: read-only, and with writes."""

import pytest
from pyiceberg.types import IntegerType, MapType, StringType
from support.lake import MemoryLake

from moto_featurestore.athena.iceberg import LakeIO, hive_type
from moto_featurestore.athena.iceberg_catalog import LakeFiles


def test_lake_io_reads_objects_and_rejects_writes():
    lake = MemoryLake()
    lake.put_object("bucket", "a", b"body")
    lake.put_object("bucket", "bc", b"another")
    files = LakeIO(lake)
    existing, missing = files.new_input("s3://bucket/a"), files.new_input("s3://bucket/b")
    assert (len(existing), existing.exists(), existing.open().read(), missing.exists()) == (4, True, b"body", False)
    with pytest.raises(FileNotFoundError):
        missing.open()
    with pytest.raises(PermissionError):
        files.new_output("s3://bucket/a")
    with pytest.raises(PermissionError):
        files.delete("s3://bucket/a")
    assert lake.bodies == {"a": b"body", "bc": b"another"}


def test_hive_type_map_returns_glue_name():
    assert hive_type(MapType(1, StringType(), 2, IntegerType())) == "map<string,int>"


def test_lake_files_writes_object_on_close_and_deletes_it():
    lake = MemoryLake()
    files = LakeFiles(lake)
    output = files.new_output("s3://bucket/a")
    sink = output.create()
    sink.write(b"body")
    assert not output.exists()
    sink.close()
    sink.close()
    assert (output.exists(), len(output), files.written) == (True, 4, ["s3://bucket/a"])
    with pytest.raises(FileExistsError):
        output.create()
    with output.create(overwrite=True) as sink:
        sink.write(b"another")
    assert output.to_input_file().open().read() == b"another"
    files.delete(output)
    files.delete(output)
    assert lake.bodies == {}
