"""The functions that jobs run: each takes a workspace and a JSON request, reports progress and returns JSON."""
