"""The scripts beside a trainer's files: one training, and all trainings of a folder, each once."""

from __future__ import annotations

# LLaMA-Factory writes all_results.json; other trainers leave the logged losses in the last checkpoint alone.
LAST_LOSS = """
state=$(printf '%s\\n' "$out"/checkpoint-*/trainer_state.json | sort -V | tail -n 1)
if [ -n "$state" ] && [ ! -e "$out/all_results.json" ]; then
  cp "$state" "$out/trainer_state.json"
  python3 - "$state" "$out/all_results.json" <<'END'
import json, sys
losses = [entry for entry in json.load(open(sys.argv[1]))["log_history"] if "loss" in entry]
if losses:
    last = {"epoch": losses[-1].get("epoch"), "train_last_loss": losses[-1]["loss"]}
    json.dump(last, open(sys.argv[2], "w"))
END
fi
"""


# Lines that read the batch of "$name.yaml", whose micro-batch is 1, and refuse devices that do not share it evenly.
SHARED_BATCH = """
batch=$(sed -n 's/^gradient_accumulation_steps: //p' "$name.yaml")
if [ "$GPUS" -lt 1 ] || [ $((batch % GPUS)) != 0 ]; then
  echo "$GPUS devices do not share a batch of $batch evenly: set GPUS to a number that divides it." >&2
  exit 2
fi
""".strip()


def run_one(title: str, *, ending: str, results: str, train: str) -> str:
    """``run.sh [NAME]``: trains on NAME, by default the only one here, and marks its results as finished.

    The results stand in a folder whose name carries the subset's digest, beside a copy of its recipe, so that an import
    of scores finds the subset. ``train`` are the lines that train: ``$name`` is the file's stem, ``$out`` the folder of
    its results, ``$GPUS`` the number of devices, ``$checkpoint`` the last checkpoint of a training that was stopped, or
    nothing.
    """
    return f"""#!/usr/bin/env bash
# Trains on one subset with {title}: bash run.sh [NAME], NAME being a file of rows without its ending.
# GPUS=8 bash run.sh for eight devices: the batch stays the same.
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
shopt -s nullglob
configs=(*.recipe.json)
name=${{1:-}}
if [ -z "$name" ]; then
  if [ "${{#configs[@]}}" != 1 ]; then
    echo "There are ${{#configs[@]}} subsets here: name one, or run run_all.sh." >&2
    exit 2
  fi
  name=${{configs[0]%.recipe.json}}
fi
if [ ! -e "$name{ending}" ]; then
  echo "There is no $name{ending} here." >&2
  exit 2
fi
out="{results}/$name"
if [ -e "$out/finished.txt" ]; then
  echo "$name is trained. Remove $out/finished.txt to train it again."
  exit 0
fi
GPUS=${{GPUS:-1}}
mkdir -p "$out"
checkpoint=$(printf '%s\\n' "$out"/checkpoint-* | sort -V | tail -n 1)  # of a training that was stopped
cp "$name.recipe.json" "$out/recipe.json"
{train.strip()}
{LAST_LOSS.strip()}
touch "$out/finished.txt"
"""


def run_all(*, ending: str) -> str:
    """``run_all.sh``: trains on every subset of the folder that is not finished; one that fails stops no other."""
    return f"""#!/usr/bin/env bash
# Trains on every subset of this folder, one after the other, and leaves out those that are finished.
set -uo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")"
shopt -s nullglob
failed=()
for recipe in *.recipe.json; do
  name=${{recipe%.recipe.json}}
  [ -e "$name{ending}" ] || continue
  echo "== $name"
  bash run.sh "$name" || failed+=("$name")
done
if [ "${{#failed[@]}}" != 0 ]; then
  printf 'Failed: %s\\n' "${{failed[@]}}" >&2
  exit 1
fi
"""
