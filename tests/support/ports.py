"""The ports to S3 and Glue, in memory."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass
class MemoryObject:
    key: str
    body: bytes
    last_modified: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def size(self):
        return len(self.body)

    def read(self, start=0, length=-1):
        return self.body[start:] if length < 0 else self.body[start : start + length]


class MemoryS3:
    """S3 with the buckets of a dict from name to objects."""

    def __init__(self, *buckets: str) -> None:
        self.buckets: dict[str, dict[str, bytes]] = {bucket: {} for bucket in buckets}

    def has_bucket(self, bucket):
        return bucket in self.buckets

    def objects(self, bucket, prefix):
        bodies = self.buckets.get(bucket, {})
        return [MemoryObject(key, bodies[key]) for key in sorted(bodies) if key.startswith(prefix)]

    def find(self, uri):
        bodies = self.buckets.get(uri.bucket, {})
        if uri.key not in bodies:
            raise FileNotFoundError(f"The object [{uri}] does not exist.")
        return MemoryObject(uri.key, bodies[uri.key])

    def put_object(self, bucket, key, body):
        if bucket not in self.buckets:
            raise FileNotFoundError(bucket)
        self.buckets[bucket][key] = body

    def delete_objects(self, bucket, keys):
        for key in keys:
            self.buckets.get(bucket, {}).pop(key, None)


class MemoryGlue:
    """Glue with databases and tables in dicts."""

    def __init__(self, *databases: str) -> None:
        self.databases_: dict[str, dict[str, Any]] = {database: {} for database in databases}
        self.tables_: dict[tuple[str, str], dict[str, Any]] = {}
        self.versions: Counter[tuple[str, str]] = Counter()
        self.partitions_: dict[tuple[str, str], list[dict[str, Any]]] = {}

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
        version = str(self.versions[database, name])
        return {"DatabaseName": database, "VersionId": version, **self.tables_[database, name], "Name": name}

    def create_table(self, database, name, table_input):
        self.databases_.setdefault(database, {})
        return self.tables_.setdefault((database, name), table_input) is table_input

    def put_table(self, database, name, table_input):
        self.tables_[database, name] = table_input

    def replace_table(self, database, name, table_input, version):
        if (database, name) not in self.tables_ or self.versions[database, name] != int(version):
            return False
        self.tables_[database, name] = table_input
        self.versions[database, name] += 1
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
