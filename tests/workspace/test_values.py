"""Values: what was put last is what is read, whoever put it, and a useless file counts as none."""

from __future__ import annotations

import os
import subprocess
import sys

import orjson
import pytest

from core import settings
from core.errors import WorkspaceError
from core.workspace import atomic, values
from core.workspace.artefacts import Workspace
from core.workspace.cache import share

KEY = "0123456789abcdef"


def put_elsewhere(workspace: Workspace, value: object) -> None:
    """Put ``value`` under KEY as a worker does: from another process."""
    code = (
        "import sys, orjson\n"
        "from core.workspace import values; from core.workspace.artefacts import Workspace\n"
        f"values.put(Workspace.default(), '{KEY}', orjson.loads(sys.argv[1]))"
    )
    environment = {**os.environ, "DIVERSCOPE_HOME": str(workspace.home)}
    asked = [sys.executable, "-c", code, orjson.dumps(value).decode()]
    subprocess.run(asked, cwd=settings.PROJECT_ROOT, env=environment, check=True)


@pytest.mark.parametrize("with_cache", [False, True])
def test_a_value_that_another_process_put_again_is_read(workspace: Workspace, with_cache: bool) -> None:
    cache = share(workspace) if with_cache else None
    assert values.get(workspace, KEY) is None
    values.put(workspace, KEY, {"asked": ["ie"]})
    assert values.get(workspace, KEY) == {"asked": ["ie"]}
    put_elsewhere(workspace, {"asked": ["ie", "nr"]})
    assert values.get(workspace, KEY) == {"asked": ["ie", "nr"]}
    values.put(workspace, KEY, {"asked": []})
    assert values.get(workspace, KEY) == {"asked": []}
    if cache is not None:
        cache.close()


def test_a_damaged_or_newer_value_counts_as_absent(workspace: Workspace) -> None:
    path = workspace.home / "values" / KEY[:2] / f"{KEY}.json"
    assert values.get(workspace, KEY) is None
    values.put(workspace, KEY, 1)
    assert values.get(workspace, KEY) == 1
    atomic.write_json(path, {"format": 99, "value": 1})
    assert values.get(workspace, KEY) is None
    path.write_text("{half")
    assert values.get(workspace, KEY) is None


def test_a_key_is_a_digest_and_none_is_no_value(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError):
        values.put(workspace, "../../etc", 1)
    with pytest.raises(ValueError, match="absent"):
        values.put(workspace, KEY, None)
