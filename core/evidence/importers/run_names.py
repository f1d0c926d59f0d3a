"""The name of a run, from the path of its model or the folder of its files."""

from __future__ import annotations

import re

# The last part of a path that names a step or a state of a run, not the run itself.
_STATE = re.compile(
    r"(checkpoint|ckpt|step|epoch|global_step|iter)[-_ ]?\d*|final|best|last|latest|model|models|merged|hf|hf_model|"
    r"output|outputs|adapter|lora|sft|weights|export|exported",
    re.IGNORECASE,
)


def run_name(path: str) -> str:
    """The last part of a path or hub id; a part such as "checkpoint-500" stays with the part before it."""
    parts = [part for part in path.strip().replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for place in range(len(parts) - 1, -1, -1):
        if not _STATE.fullmatch(parts[place]):
            return "/".join(parts[place:])
    return "/".join(parts)
