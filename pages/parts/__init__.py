"""The parts of pages: ``frame`` and ``choosing`` are shared, every other folder belongs to one page."""
