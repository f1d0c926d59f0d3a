"""The parts of the Subsets page."""
