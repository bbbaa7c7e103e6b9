"""What testers hold: faults, the clock, the calls, a record's history; each the same in process and of a server."""
