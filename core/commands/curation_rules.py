"""Pool rules as --pool takes them: near-copies=minhash,component=response,threshold=0.8,keep=longest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.corpus.curation_rule import CurationRule
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import benchmark_named, list_benchmarks
from core.curation.leaks.rule import rule_of as leak_rule
from core.curation.leaks.settings import LeakRule
from core.curation.near_copies.rule import rule_of as copies_rule
from core.curation.near_copies.settings import NearCopies
from core.errors import InputError, quoted
from core.workspace.artefacts import Workspace

TYPED: Mapping[str, Callable[[str], Any]] = {
    "threshold": float,
    "seed": int,
    "most": int,
    "sources": lambda text: text.split("|"),
    "templates": {"yes": True, "no": False}.__getitem__,
}


def near_copies(text: str, *, component: str, corpus: Corpus) -> CurationRule:
    """The rule in RUNG,SETTING=VALUE,…; ``component`` is the one of the command. Raises :class:`InputError`."""
    rung, *settings = (part.strip() for part in text.split(","))
    values: dict[str, Any] = {"rung": rung, "component": component}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise InputError(f"--pool near-copies: {quoted(setting)} is not SETTING=VALUE.")
        try:
            values[name] = TYPED.get(name, str)(value)
        except (ValueError, KeyError) as error:
            what = "yes or no" if name == "templates" else "a number"
            raise InputError(f"--pool near-copies: {name} is {what}, not {quoted(value)}.") from error
    return copies_rule(NearCopies.of(values))


LEAK_SETTINGS: Mapping[str, Callable[[str], Any]] = {
    "ngram": int,
    "any-number": {"yes": True, "no": False}.__getitem__,
    "answers": {"yes": True, "no": False}.__getitem__,
    "common": int,
    "share": float,
    "cosine": float,
    "embedder": str,
}
_KEY = re.compile(r"[0-9a-f]{16}")


def leaks(text: str, *, component: str, corpus: Corpus) -> CurationRule:
    """The rule in BENCHMARK|BENCHMARK,SETTING=VALUE,…; a benchmark is a stored one's name or key, or a whole key.

    Raises :class:`InputError`.
    """
    names, *settings = (part.strip() for part in text.split(","))
    values: dict[str, Any] = {"benchmarks": benchmark_keys(corpus.workspace, corpus.id, names.split("|"))}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or name not in LEAK_SETTINGS:
            raise InputError(
                f"--pool leaks: {quoted(setting)} is not one of {', '.join(LEAK_SETTINGS)} with its value."
            )
        try:
            values[name.replace("-", "_")] = LEAK_SETTINGS[name](value)
        except (ValueError, KeyError) as error:
            what = "a number" if LEAK_SETTINGS[name] in (int, float) else "yes or no"
            raise InputError(f"--pool leaks: {name} is {what}, not {quoted(value)}.") from error
    return leak_rule(LeakRule.of(values))


def benchmark_keys(workspace: Workspace, corpus_id: str, names: Sequence[str]) -> list[str]:
    """The keys of benchmarks named by name or key; a whole key need not be stored."""
    known = list_benchmarks(workspace, corpus_id=corpus_id)
    return [name if _KEY.fullmatch(name) else benchmark_named(known, name).key for name in map(str.strip, names)]


READERS: Mapping[str, Callable[..., CurationRule]] = {"leaks": leaks, "near-copies": near_copies}
