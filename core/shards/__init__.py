"""Shards: ranges of rows that are computed by themselves, in processes here or on a cluster, and merged exactly."""
