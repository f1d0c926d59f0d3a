"""Judging in the workspace: whose answers they are, who is the opponent, and where the scores go."""
