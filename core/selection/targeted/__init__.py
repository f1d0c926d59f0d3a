"""Selection that is targeted at a set of example rows."""
