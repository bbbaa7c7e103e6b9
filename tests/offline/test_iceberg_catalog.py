"""The catalog of one group's table, and its file interface."""

import pytest
from support.memory import MemoryFiles

from moto_featurestore.offline.iceberg_catalog import GroupCatalog, ObjectIO

URI = "s3://bucket/folder/file"


@pytest.fixture
def files():
    return MemoryFiles({"bucket": {}})


@pytest.fixture
def io(files):
    return ObjectIO(files)


def test_output_file_exists_after_close(io, files):
    output = io.new_output(URI)
    with output.create() as stream:
        stream.write(b"some")
        assert not output.exists()
        stream.write(b"thing")
    assert files.read(URI) == b"something"
    stream.close()  # a second close changes nothing
    assert (output.exists(), len(output)) == (True, 9)
    assert output.to_input_file().open().read() == b"something"


def test_input_file_supports_seek(io, files):
    files.write(URI, b"something")
    file = io.new_input(URI)
    assert (file.exists(), len(file), file.location) == (True, 9, URI)
    with file.open() as stream:
        stream.seek(4)
        assert stream.read() == b"thing"


def test_input_file_missing_object_raises(io):
    file = io.new_input(URI)
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.open()


def test_output_file_existing_object_needs_overwrite(io, files):
    files.write(URI, b"old")
    with pytest.raises(FileExistsError):
        io.new_output(URI).create()
    with io.new_output(URI).create(overwrite=True) as stream:
        stream.write(b"new")
    assert files.read(URI) == b"new"


@pytest.mark.parametrize("target", [lambda io: URI, lambda io: io.new_input(URI), lambda io: io.new_output(URI)])
def test_delete_accepts_uri_and_file_objects(io, files, target):
    files.write(URI, b"old")
    io.delete(target(io))
    io.delete(target(io))  # a missing object is no error
    assert not io.new_input(URI).exists()


def test_load_table_ignores_file_io_of_table_properties(service):
    config = {"S3StorageConfig": {"S3Uri": "s3://bucket"}, "TableFormat": "Iceberg"}
    service.create("customers", OfflineStoreConfig=config, RoleArn="arn:aws:iam::123456789012:role/FeatureStoreRole")
    group = service.world.store("123456789012", "us-east-1").groups["customers"]
    catalog = group.offline_store["DataCatalogConfig"]
    name = catalog["Database"], catalog["TableName"]
    with GroupCatalog(service.world, group).load_table(name).transaction() as transaction:
        transaction.set_properties({"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})
    assert isinstance(GroupCatalog(service.world, group).load_table(name).io, ObjectIO)
