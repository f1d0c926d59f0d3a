"""The parts of the Tags page."""
