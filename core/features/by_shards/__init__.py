"""What workers do for features: functions of one shard each, named in :mod:`core.shards.registry`."""
