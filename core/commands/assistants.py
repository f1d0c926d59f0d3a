"""The command that serves the workbench to an assistant by the Model Context Protocol."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the parser of this group."""
    mcp = commands.add_parser("mcp", help="serve an assistant by the Model Context Protocol, on stdin and stdout")
    mcp.set_defaults(run=run_mcp)


def run_mcp(options: argparse.Namespace) -> None:
    """Serve until the input ends; standard output carries the protocol alone."""
    from core.mcp.server import serve

    serve()
