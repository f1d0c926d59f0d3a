"""The parts of the Scores page."""
