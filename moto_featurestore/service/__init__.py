"""The processing of requests. ``dispatch`` finds the operation. ``middleware`` applies faults and throughput limits."""
