"""What testers hold: faults, the clock, the calls, a record's history, groups, snapshots; the same in process and of a server."""
