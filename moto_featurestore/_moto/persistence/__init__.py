"""Saving and restoring the state of moto and the Feature Store: snapshots in memory, and the data directory of a server."""
