"""What jobs run: each takes a workspace and a JSON request, reports progress, and answers in JSON."""
