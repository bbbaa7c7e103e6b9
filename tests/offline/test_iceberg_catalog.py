"""The catalog of one group's table: its files, and whose settings it obeys."""

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


def test_what_is_written_is_there_once_it_is_closed(io, files):
    output = io.new_output(URI)
    with output.create() as stream:
        stream.write(b"some")
        assert not output.exists()
        stream.write(b"thing")
    assert files.read(URI) == b"something"
    stream.close()  # once more, which changes nothing
    assert (output.exists(), len(output)) == (True, 9)
    assert output.to_input_file().open().read() == b"something"


def test_files_are_read_from_any_place_on(io, files):
    files.write(URI, b"something")
    file = io.new_input(URI)
    assert (file.exists(), len(file), file.location) == (True, 9, URI)
    with file.open() as stream:
        stream.seek(4)
        assert stream.read() == b"thing"


def test_a_file_that_is_not_there_cannot_be_read(io):
    file = io.new_input(URI)
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.open()


def test_files_are_overwritten_only_where_that_is_asked_for(io, files):
    files.write(URI, b"old")
    with pytest.raises(FileExistsError):
        io.new_output(URI).create()
    with io.new_output(URI).create(overwrite=True) as stream:
        stream.write(b"new")
    assert files.read(URI) == b"new"


@pytest.mark.parametrize("named", [lambda io: URI, lambda io: io.new_input(URI), lambda io: io.new_output(URI)])
def test_files_are_deleted_by_any_name(io, files, named):
    files.write(URI, b"old")
    io.delete(named(io))
    io.delete(named(io))  # it is gone already
    assert not io.new_input(URI).exists()


def test_properties_of_the_table_do_not_choose_how_the_service_reads_it(service):
    config = {"S3StorageConfig": {"S3Uri": "s3://bucket"}, "TableFormat": "Iceberg"}
    service.create("customers", OfflineStoreConfig=config, RoleArn="arn:aws:iam::123456789012:role/FeatureStoreRole")
    group = service.world.store("123456789012", "us-east-1").groups["customers"]
    catalog = group.offline_store["DataCatalogConfig"]
    name = catalog["Database"], catalog["TableName"]
    with GroupCatalog(service.world, group).load_table(name).transaction() as transaction:
        transaction.set_properties({"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})
    assert isinstance(GroupCatalog(service.world, group).load_table(name).io, ObjectIO)
