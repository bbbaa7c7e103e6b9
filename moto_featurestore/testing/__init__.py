"""The methods of the FeatureStore object that tests use: faults, clock, call log, records, feature groups, snapshots.

The methods read and change the state in this process or, over HTTP, the state on a server.
"""
