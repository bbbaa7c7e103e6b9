"""The HTTP protocols and botocore's model: parsing and validation of requests, and rendering of responses."""
