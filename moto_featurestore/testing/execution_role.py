"""The role that SageMaker assumes where nobody names another one: as the console makes it."""

NAME = "AmazonSageMaker-ExecutionRole"
PATH = "/service-role/"
TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""
