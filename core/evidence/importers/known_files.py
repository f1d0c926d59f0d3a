"""Known files without scores of runs: answers to single questions, settings, formats that no importer reads.

In a folder or an archive such a file is skipped and listed; a file given alone is refused, and the message names the
file to give instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from core.evidence.importers import mlflow, opencompass
from core.evidence.importers.sources import Source


class PassedOver(NamedTuple):
    """A file or folder that was skipped, and why."""

    path: str
    why: str


@dataclass(frozen=True, kw_only=True)
class KnownKind:
    """A kind of file: what it is, and what to give instead. ``beside``: it usually lies beside scores."""

    what: str
    instead: str
    beside: bool
    recognise: Callable[[Source], bool]


def known_kind(source: Source) -> KnownKind | None:
    """The kind of a file that holds no scores of runs, or None."""
    return next((kind for kind in KINDS if kind.recognise(source)), None)


def _record_with(*keys: str, one_of: tuple[str, ...] = ()) -> Callable[[Source], bool]:
    """Recognises files of records whose first record has all of ``keys``, and one of ``one_of`` if given."""

    def recognise(source: Source) -> bool:
        if not source.name.lower().endswith((".jsonl", ".ndjson", ".json")):
            return False
        record = source.first_record
        return all(key in record for key in keys) and (not one_of or any(key in record for key in one_of))

    return recognise


def _any_of(*kinds: Callable[[Source], bool]) -> Callable[[Source], bool]:
    return lambda source: any(recognise(source) for recognise in kinds)


def _begins(*marks: bytes) -> Callable[[Source], bool]:
    return lambda source: source.head.startswith(marks)


def _named(*endings: str) -> Callable[[Source], bool]:
    return lambda source: source.name.lower().endswith(endings)


def _called(*names: str) -> Callable[[Source], bool]:
    return lambda source: source.name.lower() in names


_RESULTS = "Give the results_*.json beside it."
KINDS: tuple[KnownKind, ...] = (
    KnownKind(
        what="a metric of a deleted run (MLflow's lifecycle_stage)", recognise=mlflow.is_deleted, beside=True,
        instead="Restore the run on MLflow's page to import it.",
    ),
    KnownKind(
        what="results that OpenCompass's summary beside them repeats", recognise=opencompass.is_repeated, beside=True,
        instead="Give the summary_*.csv.",
    ),
    KnownKind(
        what="samples of the lm-evaluation-harness, one line a question", instead=_RESULTS, beside=True,
        recognise=_record_with("doc_id", one_of=("resps", "filtered_resps", "doc", "target")),
    ),
    KnownKind(
        what="answers of lighteval or OLMES, one line a question", instead=_RESULTS, beside=True,
        recognise=_record_with("native_id", one_of=("metrics", "model_output", "doc")),
    ),
    KnownKind(
        what="HELM's statistics or predictions of single questions", instead="Give the run's stats.json.", beside=True,
        recognise=_record_with("instance_id", one_of=("stats", "train_trial_index", "predicted_text")),
    ),
    KnownKind(
        what="HELM's requests or questions", instead="Give the run's stats.json.", beside=True,
        recognise=_called(
            "scenario_state.json", "instances.json", "scenario.json", "display_requests.json",
            "per_instance_stats.json", "display_predictions.json", "run_spec.json",
        ),
    ),
    KnownKind(
        what="OpenCompass's predictions, one a question", beside=True,
        instead="Give the summary_*.csv or the files under results/.",
        recognise=_record_with("prediction", one_of=("origin_prompt", "gold")),
    ),
    KnownKind(
        what="answers of models, one line a question", instead="Give the judgements or the leaderboard.", beside=True,
        recognise=_record_with("answer_id", one_of=("choices", "model_id", "messages")),
    ),
    KnownKind(
        what="answers of models, one line a question", instead="Give the judgements or the leaderboard.", beside=True,
        recognise=_record_with("uid", "messages"),
    ),
    KnownKind(
        what="questions of a benchmark", instead="Give the judgements or the leaderboard.", beside=True,
        recognise=_record_with("question_id", one_of=("turns", "ground_truth")),
    ),
    KnownKind(
        what="AlpacaEval's preferences for single answers", instead="Give AlpacaEval's leaderboard.csv.", beside=True,
        recognise=_record_with("preference", one_of=("output_1", "generator_1", "annotator")),
    ),
    KnownKind(
        what="answers of a model, one a question", instead="Give AlpacaEval's leaderboard.csv.", beside=True,
        recognise=_record_with("instruction", "output", "generator"),
    ),
    KnownKind(
        what="rows of a corpus", beside=True,
        instead="Load it on the Corpus page; scores of its rows are attached there.",
        recognise=_any_of(
            _record_with("instruction", one_of=("output", "response")), _record_with("conversations"),
            _record_with("messages"), _record_with("prompt", one_of=("response", "completion", "chosen")),
        ),
    ),
    KnownKind(
        what="settings of a run", instead="Give the file with its results.", beside=True,
        recognise=_called(
            "config.json", "generation_config.json", "adapter_config.json", "training_args.json", "tokenizer.json",
            "tokenizer_config.json", "special_tokens_map.json", "wandb-metadata.json", "dataset_info.json",
            "model.safetensors.index.json", "pytorch_model.bin.index.json", "vocab.json", "added_tokens.json",
            "preprocessor_config.json", "chat_template.json", "ds_config.json", "recipe.json",
        ),
    ),
    KnownKind(
        what="a Weights & Biases log in its own binary format", beside=False, recognise=_named(".wandb"),
        instead="Give the run's wandb-summary.json, or a CSV that the page of the project exports.",
    ),
    KnownKind(
        what="an SQLite database, as MLflow keeps its runs", recognise=_begins(b"SQLite format 3\0"), beside=False,
        instead="Export the runs as CSV (Download CSV on MLflow's page, or mlflow.search_runs().to_csv).",
    ),
    KnownKind(
        what="an Excel or OpenDocument workbook", recognise=_named(".xlsx", ".xlsm", ".xls", ".ods"), beside=False,
        instead="Save the sheet with the scores as CSV.",
    ),
    KnownKind(
        what="a Parquet file", recognise=_begins(b"PAR1"), beside=False,
        instead="Save the scores as CSV or JSONL.",
    ),
    KnownKind(
        what="a Git LFS pointer, not the data", recognise=_begins(b"version https://git-lfs"), beside=False,
        instead="Fetch the file itself with git lfs pull.",
    ),
)  # fmt: skip
