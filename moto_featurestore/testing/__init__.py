"""The features behind the test handle: faults, clock, calls, history, feature groups, snapshots; in process and over HTTP."""
