"""Types of Iceberg in Glue's notation."""

from pyiceberg.types import IntegerType, MapType, StringType

from moto_featurestore.athena.iceberg import hive_type


def test_hive_type_of_iceberg_map_returns_the_glue_type_name():
    assert hive_type(MapType(1, StringType(), 2, IntegerType())) == "map<string,int>"
