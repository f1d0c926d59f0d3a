"""Records which keys a trainer's configuration may have: run by the trainer's own Python, which knows no core.

    PYTHON_OF_THE_TRAINER tests/trainers/record.py trl > tests/export/schemas/trl.json

``keys`` are those of the whole configuration, ``nested`` those of the objects inside its lists.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any


def names(*classes: Any) -> list[str]:
    """The fields of dataclasses that can be given, in the order of the alphabet."""
    return sorted({field.name for made in classes for field in dataclasses.fields(made) if field.init})


def llama_factory() -> dict[str, Any]:
    from read_llama_factory import without_sounds

    without_sounds()
    from llamafactory.hparams import parser

    return {"package": "llamafactory", "keys": names(*parser._TRAIN_ARGS)}


def trl() -> dict[str, Any]:
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig
    from trl.scripts.utils import DatasetConfig

    keys = names(ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig)
    return {"package": "trl", "keys": keys, "nested": {"datasets": names(DatasetConfig)}}


def axolotl() -> dict[str, Any]:
    from axolotl.utils.schemas.config import AxolotlInputConfig
    from axolotl.utils.schemas.datasets import SFTDataset

    return {
        "package": "axolotl",
        "keys": _given(AxolotlInputConfig.model_fields.items()),
        "nested": {"datasets": _given(SFTDataset.model_fields.items())},
    }


def ms_swift() -> dict[str, Any]:
    from swift.arguments import SftArguments

    return {"package": "ms-swift", "keys": names(SftArguments)}


def _given(fields: Iterable[tuple[str, Any]]) -> list[str]:
    """The names by which fields of a pydantic model can be given."""
    return sorted({name for field, info in fields for name in (field, info.alias) if name})


RECORDED = {"llama-factory": llama_factory, "trl": trl, "axolotl": axolotl, "ms-swift": ms_swift}

if __name__ == "__main__":
    schema = RECORDED[sys.argv[1]]()
    sys.__stdout__.write(json.dumps({"version": version(schema["package"]), **schema}, indent=1) + "\n")
