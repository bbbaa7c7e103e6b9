"""The path of a request: dispatch, then what tests have set to happen, then the operation."""
