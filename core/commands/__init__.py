"""The commands of ``python -m core``: a short file for each group, which adds its parsers and runs them."""
