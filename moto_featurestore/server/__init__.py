"""What serves other processes: the request log, readiness, the data directory, seeds, and commands run against a server."""
