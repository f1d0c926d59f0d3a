"""What every page shares: the context strip, the reading card, downloads, jobs, state."""
