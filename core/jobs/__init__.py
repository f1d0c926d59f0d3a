"""Long work in a separate warm process: queue, progress, cancel, resume."""
