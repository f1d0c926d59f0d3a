"""Diverscope's engine: everything the pages and the command line ask for, without a browser."""

__version__ = "0.1.0"
