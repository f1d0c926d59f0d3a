"""A fuzzer of the readers: damaged and odd files, of which each is read with counts that add up or refused by name."""
