"""The tokens and the time that questions cost, as the endpoint counts them, or roughly where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.endpoint.client import Reply


def rough_tokens(text: str) -> int:
    """About how many tokens ``text`` has: four characters count as one, the rule of thumb for English, and each
    character beyond ASCII counts as one, as in Chinese."""
    plain = len(text.encode("ascii", "ignore"))
    return plain // 4 + len(text) - plain


class Spent:
    """Tokens and seconds of the questions behind one answer. ``counted``: whether the endpoint itself counted."""

    def __init__(self) -> None:
        self.prompt_tokens = self.completion_tokens = 0
        self.seconds = 0.0
        self.counted = True

    def add(self, reply: Reply, asked: Iterable[Mapping[str, str]]) -> str:
        """Add one question and its reply; gives the reply's text."""
        rough = rough_tokens("".join(message["content"] for message in asked))
        self.counted &= reply.prompt_tokens is not None and reply.completion_tokens is not None
        self.prompt_tokens += rough if reply.prompt_tokens is None else reply.prompt_tokens
        self.completion_tokens += (
            rough_tokens(reply.text) if reply.completion_tokens is None else reply.completion_tokens
        )
        self.seconds += reply.seconds
        return reply.text

    @property
    def tokens_and_seconds(self) -> dict[str, Any]:
        """The fields of a kept answer that say what it cost: whole tokens, and seconds to a thousandth."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "seconds": round(self.seconds, 3),
        }
