"""The state of moto and of the Feature Store as bytes: snapshots in memory, and the data directory of a server."""
