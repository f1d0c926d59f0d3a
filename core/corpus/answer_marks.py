"""Fields that mark an answer as good or bad, and what their values say."""

from __future__ import annotations

# Fields that are true of a good answer.
MARKS = (
    "label", "kto_tag", "kto_label", "desirable", "is_desirable", "good", "is_good", "accepted", "is_accepted",
    "chosen", "is_chosen", "preferred", "is_preferred", "correct", "is_correct", "liked", "thumbs_up", "feedback",
    "vote", "thumbs", "verdict",
)  # fmt: skip
# And those that are true of a bad one.
MARKS_OF_BAD = (
    "rejected", "is_rejected", "bad", "is_bad", "flagged", "is_flagged", "deleted", "is_deleted", "removed", "spam",
    "is_spam", "toxic", "is_toxic", "harmful", "is_harmful", "unsafe", "is_unsafe", "incorrect", "is_incorrect",
    "discard", "discarded", "excluded",
)  # fmt: skip
_BAD = {
    "false", "bad", "rejected", "dispreferred", "undesirable", "unacceptable", "incorrect", "wrong", "thumbs_down",
    "thumbs down", "thumbsdown", "-1", "down", "negative", "no", "fail", "failed", "reject",
}  # fmt: skip


def mark_of(value: str, *, reversed: bool = False) -> str:
    """What a mark says of an answer: bad, 0, 1, nothing, or other; ``reversed``: its field is true of a bad one."""
    text = value.strip().lower()
    if text in ("", "none"):
        return "nothing"
    if reversed:
        return "bad" if text in ("true", "yes", "1", "1.0") else "other"
    if text in _BAD:
        return "bad"
    return {"0": "0", "0.0": "0", "1": "1", "1.0": "1"}.get(text, "other")
