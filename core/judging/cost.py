"""What judging a match will cost, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass

from core.endpoint.spent import rough_tokens
from core.judging.judge import Judge
from core.judging.judgement import KIND, Pairing, judgement_key, settled, verdict_keys
from core.judging.verdict_store import VerdictStore
from core.workspace.artefacts import Workspace

TYPICAL = 600  # tokens of a judge's reply that writes an answer of its own first; used until this judge has replied
ENOUGH = 10  # replies of this judge from which their mean is used in place of TYPICAL


@dataclass(frozen=True, kw_only=True)
class JudgingCost:
    """``calls`` are the questions still to ask, ``kept`` the verdicts that are there already.

    Tokens are estimated: a token is four characters, or one that is not ASCII; a reply has ``reply_tokens``, the mean
    of the ``replies`` that this judge gave, or :data:`TYPICAL`. ``most_completion_tokens`` is what the limit allows.
    """

    prompts: int
    calls: int
    kept: int
    prompt_tokens: int
    reply_tokens: float
    replies: int
    most_completion_tokens: int

    @property
    def completion_tokens(self) -> int:
        """Estimated tokens of all replies."""
        return round(self.calls * self.reply_tokens)

    def money(self, *, price_in: float, price_out: float) -> float:
        """The cost in the currency of the prices, which are for a million tokens each."""
        return (self.prompt_tokens * price_in + self.completion_tokens * price_out) / 1e6


def judging_cost(workspace: Workspace, pairing: Pairing, judge: Judge, *, rounds: int = 1) -> JudgingCost:
    """The cost of :func:`core.judging.judgement.judge_match` with the same values; sends nothing."""
    given = VerdictStore(workspace, judge).read()
    keys = verdict_keys(pairing, judge)
    done = workspace.has(KIND, judgement_key(pairing, judge, rounds))
    kept = settled(given, rounds=rounds)
    left = [] if done else [game for key, game in keys.items() if key not in kept]
    words = judge.words
    tokens = sum(
        rough_tokens("".join(message["content"] for message in words.messages(*pairing.texts(*game)))) for game in left
    )
    lengths = [verdict.completion_tokens for verdict in given.values() if verdict.completion_tokens]
    reply = sum(lengths) / len(lengths) if len(lengths) >= ENOUGH else float(min(TYPICAL, judge.max_tokens))
    return JudgingCost(
        prompts=len(pairing.shared),
        calls=len(left),
        kept=len(keys) - len(left),
        prompt_tokens=tokens,
        reply_tokens=reply,
        replies=len(lengths) if len(lengths) >= ENOUGH else 0,
        most_completion_tokens=len(left) * judge.max_tokens,
    )
