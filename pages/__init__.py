"""One file a page: read state, ask core, draw."""
