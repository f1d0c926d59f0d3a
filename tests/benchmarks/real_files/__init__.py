"""Tests on real corpora and score files, which are not ours to ship: ``DIVERSCOPE_REAL_DATA`` names their folder.

The folder holds ``raw/``, ``parquet/`` and ``scores/``. Without it these tests are not collected.
"""

import os
from pathlib import Path

REAL_DATA = Path(os.environ.get("DIVERSCOPE_REAL_DATA", ""))
