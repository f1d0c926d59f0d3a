"""Axolotl reads an export by its own classes: run by its own Python, which knows no core.

PYTHON_OF_THE_TRAINER tests/trainers/read_axolotl.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import yaml
from read_trl import rendered


def main(folder: Path) -> None:
    """Validate the configuration, look for keys that were passed over, load the rows and compare their tokens."""
    expected = json.loads((folder / "expected.json").read_text())
    os.chdir(folder / "axolotl")
    (config,) = Path(".").glob("*.yaml")
    from axolotl.prompt_strategies.chat_template import load
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault
    from datasets import load_dataset
    from transformers import AutoTokenizer

    written = yaml.safe_load(config.read_text())
    of_a_gpu = {"bf16": True, "fp8": False, "n_gpu": 1, "n_node": 1, "compute_capability": "sm_90", "tf32": True}
    valid = validate_config(DictDefault(written), capabilities=of_a_gpu, env_capabilities={"torch_version": "2.8.0"})
    passed_over = [name for name in written if name not in valid]
    assert not passed_over, passed_over
    tokenizer = AutoTokenizer.from_pretrained(written["base_model"])
    (dataset,) = valid["datasets"]
    strategy = load(tokenizer, DictDefault(valid), ds_cfg=DictDefault(dataset))
    data = load_dataset("json", data_files=dataset["path"], split="train")
    texts = [tokenizer.decode(strategy.tokenize_prompt(row)["input_ids"]) for row in data]
    wanted = [rendered(tokenizer, row) for row in expected]
    assert sorted(texts) == sorted(wanted), sorted(set(texts) ^ set(wanted))
    print(f"Axolotl: configuration valid, {len(texts)} rows as they were written")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
