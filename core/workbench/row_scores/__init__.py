"""Scores of rows that need no model: of the text itself, of its neighbours, of its copies and of a label."""
