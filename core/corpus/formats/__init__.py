"""One short file a format: containers (how bytes hold records) and shapes (how records hold rows)."""
