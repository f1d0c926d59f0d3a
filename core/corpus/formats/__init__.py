"""The formats that are read, a short file for each: containers (bytes to records) and shapes (records to rows)."""
