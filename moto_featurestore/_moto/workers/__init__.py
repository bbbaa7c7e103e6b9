"""Forked and spawned processes that share the state of the process whose mock runs."""
