"""Values that never change, and the rows they were computed for."""

from pathlib import Path

GOLDEN = Path(__file__).resolve().parent
