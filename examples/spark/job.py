"""A Spark job that writes rows to a feature group with AWS's connector: to the online store, then to the offline store.

It needs Java 17, and these packages of PyPI::

    pip install pyspark==3.5.1 numpy 'setuptools<81' sagemaker-feature-store-pyspark==2.2.2
    pip install --no-deps sagemaker-pyspark==1.4.5   # contains the jars of hadoop-aws
"""

import os
from pathlib import Path

import boto3
import feature_store_pyspark
import sagemaker_pyspark
from feature_store_pyspark.FeatureStoreManager import FeatureStoreManager
from pyspark.sql import DataFrame, SparkSession

HADOOP_AWS = ("hadoop-aws-3.3.1.jar", "aws-java-sdk-bundle-1.11.901.jar")
"""Jars for Glue tables, whose Parquet files Spark writes with s3a. Iceberg tables do not need them."""


def session(bucket: str) -> SparkSession:
    """Return a Spark session with the connector, which can write to a bucket."""
    folder = Path(sagemaker_pyspark.__file__).with_name("jars")
    jars = [*feature_store_pyspark.classpath_jars(), *(str(folder / name) for name in HADOOP_AWS)]
    builder = SparkSession.builder.master("local[2]").config("spark.jars", ",".join(jars))
    if url := os.environ.get("AWS_ENDPOINT_URL"):
        builder = builder.config(map=local_server(url, bucket))
    return builder.getOrCreate()


def local_server(url: str, bucket: str) -> dict[str, str]:
    """Return the options of s3a for a local server without TLS. The connector overwrites the global endpoint."""
    return {
        f"spark.hadoop.fs.s3a.bucket.{bucket}.endpoint": url,
        f"spark.hadoop.fs.s3a.bucket.{bucket}.server-side-encryption-algorithm": "AES256",
        "spark.hadoop.fs.s3a.path.style.access": "true",
    }


def write(rows: DataFrame, group: str, *, batches: bool = False) -> None:
    """Write rows online with PutRecord, or with BatchWriteRecord in batches of 25, and offline with Spark."""
    arn = boto3.client("sagemaker").describe_feature_group(FeatureGroupName=group)["FeatureGroupArn"]
    connector = FeatureStoreManager()
    connector.ingest_data(rows, arn, ["OnlineStore"], use_batch_write_record=batches)
    connector.ingest_data(rows, arn, ["OfflineStore"])
