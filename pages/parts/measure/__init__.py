"""The parts of the Measure page."""
