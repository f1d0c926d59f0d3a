"""Diverscope's engine: everything that the pages and the command line use, without a browser."""

__version__ = "0.1.0"
