"""Without the folder of real files there is nothing to collect here."""

import os

collect_ignore_glob = [] if os.environ.get("DIVERSCOPE_REAL_DATA") else ["test_*.py"]
