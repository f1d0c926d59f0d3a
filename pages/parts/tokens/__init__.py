"""The parts of the Tokens page."""
