"""Glue and S3 in memory, and tables in them."""

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass
class MemoryObject:
    key: str
    body: bytes
    last_modified: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def size(self):
        return len(self.body)

    def read(self, start, length):
        return self.body[start:] if length < 0 else self.body[start : start + length]


@dataclass
class MemoryLake:
    """A lake with one bucket, named ``bucket``."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    databases_: dict[str, dict[str, Any]] = field(default_factory=lambda: {"db": {}})
    tables_: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    prepared_statements: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    partitions_: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def databases(self):
        return list(self.databases_)

    def database(self, name):
        return {"Name": name, **self.databases_[name]}

    def create_database(self, name, database_input):
        self.databases_[name] = database_input

    def delete_database(self, name):
        del self.databases_[name]
        self.tables_ = {key: table for key, table in self.tables_.items() if key[0] != name}

    def tables(self, database):
        return [name for database_name, name in self.tables_ if database_name == database]

    def table(self, database, name):
        version = str(self.versions.get((database, name), 0))
        return {"DatabaseName": database, "VersionId": version, **self.tables_[database, name], "Name": name}

    def put_table(self, database, name, table_input):
        self.tables_[database, name] = table_input

    def replace_table(self, database, name, table_input, version):
        if (database, name) not in self.tables_ or self.versions.get((database, name), 0) != int(version):
            return False
        self.tables_[database, name] = table_input
        self.versions[database, name] = int(version) + 1
        return True

    def delete_table(self, database, name):
        del self.tables_[database, name]

    def partitions(self, database, table):
        return self.partitions_.get((database, table), [])

    def create_partition(self, database, table, partition_input):
        self.partitions_.setdefault((database, table), []).append(partition_input)

    def delete_partition(self, database, table, values):
        partitions = self.partitions_[database, table]
        self.partitions_[database, table] = [partition for partition in partitions if partition["Values"] != values]

    def has_bucket(self, bucket):
        return bucket == "bucket"

    def objects(self, bucket, prefix):
        if bucket != "bucket":
            return []
        return [MemoryObject(key, self.bodies[key]) for key in sorted(self.bodies) if key.startswith(prefix)]

    def put_object(self, bucket, key, body):
        assert bucket == "bucket"
        self.bodies[key] = body

    def delete_objects(self, bucket, keys):
        assert bucket == "bucket"
        for key in keys:
            del self.bodies[key]


def columns(types):
    return [{"Name": name, "Type": kind} for name, kind in types.items()]


def descriptor(types, location, serde=PARQUET, **parameters):
    return {
        "Columns": columns(types),
        "Location": location,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
    }


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def add_table(lake, name, types, *tables, database="db"):
    """Create a Parquet table with one file for each Arrow table."""
    for number, table in enumerate(tables):
        lake.put_object("bucket", f"{name}/{number}.parquet", parquet(table))
    lake.put_table(database, name, {"StorageDescriptor": descriptor(types, f"s3://bucket/{name}")})
