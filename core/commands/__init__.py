"""The commands of ``python -m core``: one short file a group, each adding its parsers and running them."""
