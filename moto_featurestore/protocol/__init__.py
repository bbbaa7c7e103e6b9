"""HTTP and the model: from bytes to checked parameters, and from results to bytes."""
