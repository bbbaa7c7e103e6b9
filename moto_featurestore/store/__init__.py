"""The state of an account in a region: feature groups, online records, rows waiting for the offline store."""
