"""What leaves for a trainer: configurations that its recorded schema knows, scripts that find their results again."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from core.__main__ import main
from core.corpus.store import Corpus
from core.errors import InputError
from core.evidence.importers.registry import read_tree
from core.evidence.importers.sources import open_tree
from core.evidence.matching import Known, suggest
from core.export.targets import TARGETS
from core.export.trainers.cutoff import OVERLONG
from core.export.trainers.training import TrainingSettings
from core.features.tokenizers import token_counts
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of as demo_corpus
from tests.corpora import records
from tests.export.test_trainers import CALL, PARALLEL, SHAPES, TOOLS, WITH_TOOLS, corpus_of, rows_of

SCHEMAS = Path(__file__).parent / "schemas"
SETTINGS = TrainingSettings(learning_rate=1e-5, model="org/model-8b")
RECORDED = sorted(path.stem for path in SCHEMAS.glob("*.json"))


def written(corpus: Corpus, target: str, **changed: Any) -> dict[str, Any]:
    """The files of an export by name, and its records under "rows"."""
    format = TARGETS[target].asked(replace(SETTINGS, **changed), "words")
    exported = format.export(rows_of(corpus), recipe=b"{}", stem="micro-0123456789abcdef-x")
    rows = json.loads(exported.data)
    return {**{name: data.decode() for name, data in exported.config.items()}, "rows": rows, "exported": exported}


def settings_of(files: dict[str, Any]) -> dict[str, Any]:
    return yaml.safe_load(files["micro-0123456789abcdef-x.yaml"])


@pytest.mark.parametrize("target", RECORDED)
@pytest.mark.parametrize("template", ["", "qwen"])
def test_a_trainer_knows_every_key_that_is_written_for_it(tmp_path: Path, target: str, template: str) -> None:
    schema = json.loads((SCHEMAS / f"{target}.json").read_text())
    corpus = corpus_of(tmp_path, WITH_TOOLS["OpenAI with calls"][0], SHAPES["alpaca"][0])
    settings = settings_of(written(corpus, target, template=template))
    assert set(settings) <= set(schema["keys"])
    for name, keys in schema.get("nested", {}).items():
        assert all(set(entry) <= set(keys) for entry in settings[name])
    if TARGETS[target].checked:
        assert TARGETS[target].checked == schema["version"]


def test_every_target_is_recorded_or_says_that_it_is_unchecked() -> None:
    assert {name for name, target in TARGETS.items() if target.checked} <= set(RECORDED)
    assert TARGETS["openrlhf"].checked == "" and "unchecked" in TARGETS["openrlhf"].looks_like


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "openrlhf"])
def test_the_settings_are_those_of_the_paper_and_the_two_that_were_given(tmp_path: Path, target: str) -> None:
    settings = settings_of(written(corpus_of(tmp_path, SHAPES["alpaca"][0]), target))
    names = {
        "llama-factory": ("cutoff_len", "packing", "lr_scheduler_type", "warmup_steps", "num_train_epochs"),
        "trl": ("max_length", "packing", "lr_scheduler_type", "warmup_steps", "num_train_epochs"),
        "axolotl": ("sequence_len", "sample_packing", "lr_scheduler", "warmup_ratio", "num_epochs"),
        "ms-swift": ("max_length", "packing", "lr_scheduler_type", "warmup_ratio", "num_train_epochs"),
    }[target]
    assert [settings[name] for name in names] == [4096, True, "cosine", 0.05, 4.0]
    assert isinstance(settings["learning_rate"], float) and settings["learning_rate"] == 1e-5
    assert settings["gradient_accumulation_steps"] == 16
    assert "org/model-8b" in settings.values()
    assert "warmup_ratio" not in settings or target in ("axolotl", "ms-swift")


def test_openrlhf_gets_dotted_flags_one_a_line(tmp_path: Path) -> None:
    flags = written(corpus_of(tmp_path, SHAPES["alpaca"][0]), "openrlhf")["micro-0123456789abcdef-x.flags"].splitlines()
    assert {"--adam.lr=1e-05", "--ds.packing_samples", "--data.max_len=4096", "--lr_warmup_ratio=0.05"} <= set(flags)
    assert all(flag.startswith("--") and " " not in flag for flag in flags)


@pytest.mark.parametrize("rate", [0.0, -1e-5, 1.0, float("nan"), float("inf")])
def test_a_learning_rate_that_cannot_be_meant_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="learning rate"):
        replace(SETTINGS, learning_rate=rate)


@pytest.mark.parametrize("model", ["", "  ", "a\nb"])
def test_a_model_that_cannot_be_meant_is_refused(model: str) -> None:
    with pytest.raises(InputError, match="model"):
        replace(SETTINGS, model=model)


def test_chat_messages_say_what_the_row_says_and_nothing_that_trl_would_read_instead(tmp_path: Path) -> None:
    record, example = SHAPES["prompt and completion"]
    (row,) = written(corpus_of(tmp_path, {**record, "images": 3, "score": 7}), "trl")["rows"]
    assert [(turn["role"], turn["content"]) for turn in row["messages"]] == list(example.turns)
    assert row["score"] == 7 and row["original_images"] == 3 and not {"prompt", "completion", "images"} & row.keys()


def test_calls_are_objects_in_chat_messages_and_turns_for_ms_swift(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {**PARALLEL, "tools": TOOLS})
    (row,) = written(corpus, "trl")["rows"]
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant", "tool", "tool", "assistant"]
    call = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Bonn"}}}
    assert row["messages"][1]["tool_calls"] == [call, call] and json.loads(row["tools"]) == TOOLS
    (row,) = written(corpus, "ms-swift")["rows"]
    assert [turn["role"] for turn in row["messages"]] == ["user", *["tool_call"] * 2, "tool", "tool", "assistant"]
    assert json.loads(row["messages"][1]["content"]) == {
        "name": "weather",
        "arguments": json.loads(CALL["function"]["arguments"]),
    }


def test_tools_at_which_llama_factory_would_stop_are_left_out_for_it_alone(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, WITH_TOOLS["ShareGPT with calls"][0], WITH_TOOLS["OpenAI with calls"][0])
    problems = written(corpus, "llama-factory")["exported"].problems
    assert [(problem.what, len(rows)) for problem, rows in problems.items()] == [
        ("tools that declare no parameters with properties", 1)
    ]
    assert not written(corpus, "trl")["exported"].problems


LONG = {"instruction": "ask", "output": " ".join(f"word{number}" for number in range(50)), "system": "Be brief ."}
SIDES = [(number, role) for number in range(6) for role in ("human", "gpt")]
TALK = {"conversations": [{"from": role, "value": f"{number} " + "a " * 8} for number, role in SIDES]}


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("way", OVERLONG)
def test_rows_longer_than_the_cutoff_are_kept_cut_split_or_dropped_and_named(
    tmp_path: Path, target: str, way: str
) -> None:
    corpus = corpus_of(tmp_path, LONG, TALK, SHAPES["alpaca"][0])
    limit = TARGETS[target].limit(100)
    cutoff = 100 - limit + 40
    files = written(corpus, target, overlong=way, cutoff=cutoff)
    exported = files["exported"]
    long = [problem for problem in exported.problems if "more than" in problem.what]
    too_long = {row: problem for problem in long for row in exported.problems[problem]}
    assert len(too_long) == 2 and all("40 tokens (words)" in problem.what for problem in too_long.values())
    lengths = [_words(row) for row in files["rows"]]
    if way == "keep":
        assert len(lengths) == 3 and max(lengths) > 40
    elif way == "drop":
        assert len(lengths) == 1
    else:
        assert max(lengths) <= 40
    if way == "cut":  # the talk's last answer cannot make room for the exchanges before it
        assert len(lengths) == 2 and max(lengths) == 40
    if way == "split":  # one exchange cannot be split
        assert len(lengths) == 1 + 3


def _words(row: dict[str, Any]) -> int:
    turns = row.get("messages") or row["conversations"]
    texts = [turn.get("content") or turn.get("value") or "" for turn in turns] + [row.get("system") or ""]
    return sum(token_counts("words", texts))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace, corpus = demo_corpus(tmp_path / "home", records())
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    monkeypatch.chdir(tmp_path)
    command = ["series", corpus.id, "--strategy", "micro", "--size", "20", "--levels", "3", "--name", "mine"]
    assert main([*command, "--set", "low=2", "--set", "high=60", "--feature", "low=2", "--feature", "high=60"]) == 0
    return workspace


ASKED = ["--learning-rate", "1e-5", "--model", "org/model"]


def test_learning_rate_and_model_are_asked_and_never_made_up(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "mine", "--target", "trl", "--out", "out"]) == 1
    assert "--learning-rate and --model" in capsys.readouterr().err
    assert main(["export", "mine", "--learning-rate", "1e-5", "--out", "out"]) == 1
    assert "--trainer" in capsys.readouterr().err
    assert main(["export", "mine", "--target", "trl", "--format", "jsonl", *ASKED, "--out", "out"]) == 1
    assert not Path("out").exists()


# Stands where the trainer stands: reads the configuration that it is given and leaves what the trainer leaves.
STAND_IN = """#!/usr/bin/env python3
import json, pathlib, sys, yaml
(config,) = [argument for argument in sys.argv if argument.endswith(".yaml")]
settings = yaml.safe_load(open(config))
out = pathlib.Path(settings["output_dir"])
data = settings["dataset"] if isinstance(settings.get("dataset"), str) else None
name = f"{data}.json" if data else (settings.get("dataset") or [settings["datasets"][0].get("data_files")])[0]
if "dataset_dir" in settings:
    name = json.load(open("dataset_info.json"))[data]["file_name"]
name = name or settings["datasets"][0]["path"]
rows = json.load(open(name))
if pathlib.Path("fail").exists():
    sys.exit(1)
with open("calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
state = out / "checkpoint-7" / "trainer_state.json"
state.parent.mkdir(parents=True)
losses = [{"step": 1, "loss": 2.0, "epoch": 0.1}, {"step": 7, "loss": len(rows) / 10, "epoch": 1.0}]
state.write_text(json.dumps({"log_history": losses}))
(out / "chat_template.jinja").write_text("{{ messages }}")
if data:  # only LLaMA-Factory sums up
    (out / "all_results.json").write_text(json.dumps({"epoch": 1.0, "train_loss": 1.5}))
"""
PROGRAMS = {"llama-factory": "llamafactory-cli", "trl": "trl", "axolotl": "axolotl", "ms-swift": "swift"}


@pytest.mark.parametrize("target", sorted(PROGRAMS))
def test_run_all_trains_every_member_once_and_the_import_finds_the_subset_of_each_result(
    workspace: Workspace, target: str
) -> None:
    assert main(["export", "mine", "--target", target, *ASKED, "--out", "out"]) == 0
    out, members = Path("out"), {subset.digest for subset in list_subsets(workspace)}
    programs = Path("programs")
    programs.mkdir()
    (programs / PROGRAMS[target]).write_text(STAND_IN)
    (programs / PROGRAMS[target]).chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs.resolve()}:{os.environ['PATH']}", "GPUS": "2"}

    def run(script: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", f"out/{script}", *arguments]
        return subprocess.run(command, env=environment | settings, capture_output=True, text=True, check=False)

    assert run("run.sh").returncode == 2  # there are several: which?
    (out / "fail").touch()
    assert run("run_all.sh").returncode == 1 and not list(out.glob("results/*/finished.txt"))
    (out / "fail").unlink()
    first = sorted(out.glob("*.recipe.json"))[0].name.removesuffix(".recipe.json")
    for devices in ("3", "32"):  # neither shares a batch of 16 evenly
        refused = run("run.sh", first, GPUS=devices)
        assert refused.returncode == 2 and "evenly" in refused.stderr
    assert run("run.sh", first).returncode == 0
    assert run("run_all.sh").returncode == 0
    assert run("run_all.sh").stdout.count("is trained") == len(members)
    calls = (out / "calls").read_text().splitlines()
    assert len(calls) == len(members) == 3 and all("=8" in call or " 8" in call for call in calls)

    with open_tree(out / "results") as tree:
        imported = read_tree(tree)
    measure, value = ("train_loss", 1.5) if target == "llama-factory" else ("train_last_loss", 2.0)
    scores = [score for score in imported.whole.scores if score.measure == measure]
    assert not imported.failed and {score.value for score in scores} == {value}
    stems = {path.name.removesuffix(".recipe.json") for path in out.glob("*.recipe.json")}
    assert stems <= {curve.subject for curve in imported.whole.curves} or target == "llama-factory"
    known = [Known(name=subset.name, digest=subset.digest) for subset in list_subsets(workspace)]
    suggestions = suggest(scores, known=known)
    assert {suggestion.subset for suggestion in suggestions} == members
    assert all(suggestion.sure for suggestion in suggestions)


def test_a_file_of_ones_own_name_trains_and_carries_its_recipe(workspace: Workspace) -> None:
    assert main(["export", "mine · 50 %", "--target", "llama-factory", *ASKED, "--out", "out/rows.json"]) == 0
    settings = yaml.safe_load(Path("out/rows.yaml").read_text())
    assert settings["dataset"] in orjson.loads(Path("out/dataset_info.json").read_bytes())
    assert settings["output_dir"] == "results/rows"


def test_choose_build_and_the_surface_write_for_a_trainer_what_export_writes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    from core import api

    asked = ["choose", workspace.keys("corpora")[0], "--strategy", "micro", "--size", "20", "--position", "50"]
    band = ["--set", "low=2", "--set", "high=60", "--feature", "low=2", "--feature", "high=60"]
    settings = [*ASKED, "--cutoff", "32", "--overlong", "drop", "--epochs", "2", "--batch", "8"]
    assert main(["export", "mine · 50 %", "--trainer", "trl", *settings, "--out", "saved", "--no-dropped"]) == 0
    assert main([*asked, *band, "--trainer", "trl", *settings, "--out", "chosen"]) == 0
    (recipe,) = Path("chosen").glob("*.recipe.json")
    assert main(["build", str(recipe), "--trainer", "trl", *settings, "--out", "built"]) == 0
    training = {"learning_rate": 1e-5, "model": "org/model", "cutoff": 32, "overlong": "drop", "epochs": 2, "batch": 8}
    with pytest.warns(UserWarning, match="32 tokens"):
        api.export(api.rebuild(recipe), "surface", trainer="trl", **training)
    subset = api.open_subset("mine · 50 %")
    with pytest.warns(UserWarning, match="32 tokens"):
        api.export(subset, "surface-saved", trainer="trl", dropped=False, **training)

    def files(folder: str) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in Path(folder).iterdir() if path.suffixes != [".recipe", ".json"]
        }

    saved = files("saved")
    assert {Path(name).suffix for name in saved} == {".json", ".jsonl", ".yaml", ".sh"}
    assert all(files(folder) == saved for folder in ("chosen", "built", "surface", "surface-saved"))
    assert main([*asked, *band, "--trainer", "trl", "--out", "chosen"]) == 1
    assert "--learning-rate and --model" in capsys.readouterr().err
    assert main([*asked, *band, "--trainer", "trl", *ASKED]) == 1
    assert "--out FOLDER" in capsys.readouterr().err
    assert main([*asked, *band, "--trainer", "trl", "--format", "jsonl", *ASKED, "--out", "chosen"]) == 1
    for wrong in ({"learning_rate": 1e-5}, {**training, "pace": 3}):
        with pytest.raises(InputError):
            api.export(subset, "wrong", trainer="trl", **wrong)
    with pytest.raises(InputError, match="for which trainer"):
        api.export(subset, "wrong", learning_rate=1e-5)
