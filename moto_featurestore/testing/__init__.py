"""The methods of the FeatureStore object that tests use: faults, clock, call log, records, feature groups, snapshots.

They work on the state of the same process, or over HTTP on the state of a server.
"""
