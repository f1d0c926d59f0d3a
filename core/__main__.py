"""The same work without a browser: ``python -m core``."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
