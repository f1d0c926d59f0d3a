"""Names of columns and figures that are not scores: settings, indices, times, counts."""

from __future__ import annotations

import re

from core.evidence.importers.proposal import says_quality

# Whole words anywhere in the name.
_SETTINGS = (
    "learning_rate", "lr", "batch_size", "bs", "weight_decay", "dropout", "warmup", "warmup_ratio", "warmup_steps",
    "lora", "temperature", "top_p", "top_k", "max_tokens", "max_new_tokens", "max_length", "max_len", "seq_len",
    "max_seq_length", "cutoff_len", "context_length", "num_beams", "num_fewshot", "n_shot", "shots", "fewshot",
    "gradient_accumulation_steps", "accumulation", "world_size", "num_gpus", "n_gpus", "gpus", "num_workers",
    "hidden_size", "num_layers", "num_params", "n_params", "parameters", "params", "model_size", "adam", "beta1",
    "beta2", "max_grad_norm", "grad_clip", "epochs", "epoch", "max_steps", "save_steps", "logging_steps", "eval_steps",
    "seed", "seeds", "lora_r", "lora_rank", "lora_alpha", "quantization", "release_date", "knowledge_cutoff",
    "gpu_hours", "gpu_memory", "vram",
)  # fmt: skip
# The whole name.
_INDICES = {
    "", "id", "ids", "idx", "index", "no", "nr", "number", "row", "row_number", "line", "rank", "ranking", "place",
    "order", "unnamed", "unnamed_0", "unnamed_0_1", "level_0", "nummer", "rang", "platz", "num", "numero",
    "序号", "排名",
}  # fmt: skip
_CLOCKS = {
    "date", "time", "timestamp", "tstamp", "year", "month", "day", "created", "updated", "created_at", "updated_at",
    "start_time", "end_time", "duration", "runtime", "wall_time", "_timestamp", "_runtime", "datum", "zeit", "elapsed",
}  # fmt: skip
# What a column of text tells of a model, beside its name.
_PROPERTIES = {
    "type", "model_type", "architecture", "arch", "precision", "dtype", "family", "vendor", "developer", "open_source",
}  # fmt: skip
_LETTERS = {"k", "r", "n", "alpha", "beta", "gamma", "tau", "lambda", "d", "size", "gpu", "version", "step", "steps"}
# Ids of single questions: a table that has one has a line for each question.
_QUESTIONS = {
    "question_id", "doc_id", "sample_id", "instance_id", "item_id", "task_id", "example_id", "problem_id", "prompt_id",
    "native_id", "uid", "qid", "query_id", "q_id", "question_idx", "sample_idx", "sample_index", "question_index",
    "example_idx", "example_index", "question_number", "prompt_index", "dataset_index", "doc_index", "instance_index",
}  # fmt: skip
# Texts of single questions and answers: they name no run.
_TEXTS = {
    "question", "prompt", "instruction", "input", "output", "response", "prediction", "pred", "answer", "gold",
    "target", "reference", "label", "completion", "text", "content", "problem", "solution", "query", "context",
    "source_text", "generated_text", "model_output", "ground_truth", "expected", "choices", "options",
    "extracted_answer", "doc", "document", "passage", "resps", "filtered_resps", "arguments", "article", "sentence",
}  # fmt: skip
_BENCHMARKS = (
    "mmlu", "gsm8k", "gsm", "arc", "hellaswag", "truthfulqa", "winogrande", "bbh", "humaneval", "mbpp", "ifeval",
    "gpqa", "musr", "boolq", "piqa", "triviaqa", "nq", "naturalqs", "drop", "squad", "math", "math500", "aime",
    "ceval", "cmmlu", "agieval", "alpacaeval", "mtbench", "arenahard", "wildbench", "livebench", "livecodebench",
    "ifbench", "tydiqa", "codex_eval", "toxigen", "xstest", "mmlupro", "openbookqa", "siqa", "commonsenseqa",
    "lambada", "race", "copa",
)  # fmt: skip
_SUMMARIES = {
    "average", "avg", "mean", "total", "sum", "overall", "median", "std", "macro_average", "micro_average",
    "durchschnitt", "mittelwert", "mittel", "summe", "gesamt", "moyenne", "media", "promedio", "gemiddelde",
    "średnia", "среднее", "平均", "平均值", "合計", "总计", "평균", "ortalama",
    "moyenne_generale", "count", "min", "max",
}  # fmt: skip
_SEED = re.compile(r"(?<![a-z])seed[ _#=:-]{0,3}(\d{1,9})[)\]]?$", re.IGNORECASE)
_ID = re.compile(r".*_(?:id|ids|idx|index|uuid|hash)")


def plain(name: str) -> str:
    """A name without case, signs and spaces: "Learning Rate" and "learning_rate" are the same."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def is_setting(name: str) -> bool:
    """Whether ``name`` is that of a training or evaluation setting, not of a measured quantity."""
    words = f"_{plain(name)}_"
    if plain(name) in _LETTERS:
        return True
    if plain(name).startswith(("n_", "num_", "number_of_")) and not says_quality(name):
        return True
    return not says_quality(name) and any(f"_{setting}_" in words for setting in _SETTINGS)


def is_property(name: str) -> bool:
    """Whether ``name`` tells how large or of what kind a model is, such as "Params" or "type": it names no run."""
    return plain(name) in _PROPERTIES or is_setting(name)


def seed_in(name: str) -> tuple[str, int] | None:
    """The name and the seed of a column of one training seed, such as "MMLU (seed 2)"; None for other columns."""
    name = name.strip()
    match = _SEED.search(name)
    return (name[: match.start()].rstrip(" _./([-,"), int(match[1])) if match else None


def is_index(name: str) -> bool:
    """Whether ``name`` numbers the rows or what they are about."""
    bare = plain(name)
    return bare in _INDICES or bool(_ID.fullmatch(bare))


def is_clock(name: str) -> bool:
    """Whether ``name`` says when something was made, or how long it took."""
    return plain(name) in _CLOCKS


def numbers_questions(name: str) -> bool:
    """Whether ``name`` identifies single questions: then a row is an answer, not a run."""
    return plain(name) in _QUESTIONS


def holds_text(name: str) -> bool:
    """Whether ``name`` is that of a question's or an answer's text."""
    return plain(name) in _TEXTS


def is_benchmark(name: str) -> bool:
    """Whether ``name`` begins like a benchmark that many people use: "MMLU (5-shot)", "gsm8k", "MT-Bench"."""
    words = plain(name).split("_")
    return any("".join(words[:count]) in _BENCHMARKS for count in (1, 2))


def is_summary(name: str) -> bool:
    """Whether a row of this name sums up the other rows."""
    return plain(name) in _SUMMARIES
