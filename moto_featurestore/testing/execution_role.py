"""The default execution role of SageMaker, as the console creates it."""

NAME = "AmazonSageMaker-ExecutionRole"
PATH = "/service-role/"
TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""
