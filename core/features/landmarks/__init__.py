"""A map fitted on landmarks: a sample of rows is laid out, and every other row is placed among its nearest ones."""
