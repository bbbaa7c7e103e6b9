"""The path of a request: dispatch, then the controls that tests set (faults, throughput), then the operation."""
