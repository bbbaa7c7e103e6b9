"""AWS notations and data that several packages share."""
