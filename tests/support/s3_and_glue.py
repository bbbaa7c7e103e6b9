"""Glue and S3 in memory, and tables in them."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
from support.ports import MemoryGlue, MemoryS3

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


class MemoryS3AndGlue(MemoryS3, MemoryGlue):
    """S3 and Glue with one bucket, named ``bucket``, and one database, named ``db``."""

    def __init__(self):
        MemoryS3.__init__(self, "bucket")
        MemoryGlue.__init__(self, "db")
        self.prepared_statements = {}

    @property
    def bodies(self):
        """The contents of the objects by key."""
        return self.buckets["bucket"]


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


def add_table(services, name, types, *tables, database="db"):
    """Create a Parquet table with one file for each Arrow table."""
    for number, table in enumerate(tables):
        services.put_object("bucket", f"{name}/{number}.parquet", parquet(table))
    services.put_table(database, name, {"StorageDescriptor": descriptor(types, f"s3://bucket/{name}")})
