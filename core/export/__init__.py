"""JSONL, Parquet and trainer formats, each with the recipe that made it."""
