"""Figures: pure functions that turn data into Plotly figures."""
