"""The parts of the Clusters page."""
