"""The bridge to moto: the only place that imports it at module level, and that knows its insides."""
