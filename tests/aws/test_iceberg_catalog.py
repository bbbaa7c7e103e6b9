"""pyiceberg's catalog and file interface over the ports."""

import pytest
from support.ports import MemoryS3

from moto_featurestore.aws.iceberg_catalog import ObjectIO
from moto_featurestore.offline.iceberg import GroupCatalog

KEY = "folder/file"
URI = f"s3://bucket/{KEY}"


@pytest.fixture
def bucket():
    return {}


@pytest.fixture
def io(bucket):
    s3 = MemoryS3()
    s3.buckets["bucket"] = bucket
    return ObjectIO(s3)


def test_output_file_exists_after_close(io, bucket):
    output = io.new_output(URI)
    with output.create() as stream:
        stream.write(b"some")
        assert not output.exists()
        stream.write(b"thing")
    assert bucket[KEY] == b"something"
    stream.close()  # a second close changes nothing
    assert (output.exists(), len(output)) == (True, 9)
    assert output.to_input_file().open().read() == b"something"
    assert io.written == [URI]


def test_iceberg_input_file_supports_seek(io, bucket):
    bucket[KEY] = b"something"
    file = io.new_input(URI)
    assert (file.exists(), len(file), file.location) == (True, 9, URI)
    with file.open() as stream:
        stream.seek(4)
        assert stream.read() == b"thing"


def test_input_file_of_missing_object_raises_file_not_found_error(io):
    file = io.new_input(URI)
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.open()


def test_output_file_of_existing_object_without_overwrite_raises_file_exists_error(io, bucket):
    bucket[KEY] = b"old"
    with pytest.raises(FileExistsError):
        io.new_output(URI).create()
    with io.new_output(URI).create(overwrite=True) as stream:
        stream.write(b"new")
    assert bucket[KEY] == b"new"


@pytest.mark.parametrize("target", [lambda io: URI, lambda io: io.new_input(URI), lambda io: io.new_output(URI)])
def test_file_io_delete_accepts_uri_and_file_objects(io, bucket, target):
    bucket[KEY] = b"old"
    io.delete(target(io))
    io.delete(target(io))  # a missing object is no error
    assert not io.new_input(URI).exists()


def test_load_table_ignores_the_file_io_that_is_set_in_table_properties(service):
    config = {"S3StorageConfig": {"S3Uri": "s3://bucket"}, "TableFormat": "Iceberg"}
    service.create("customers", OfflineStoreConfig=config, RoleArn="arn:aws:iam::123456789012:role/FeatureStoreRole")
    group = service.world.store("123456789012", "us-east-1").groups["customers"]
    catalog = group.offline_store["DataCatalogConfig"]
    name = catalog["Database"], catalog["TableName"]
    with GroupCatalog(service.world, group).load_table(name).transaction() as transaction:
        transaction.set_properties({"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})
    assert isinstance(GroupCatalog(service.world, group).load_table(name).io, ObjectIO)
