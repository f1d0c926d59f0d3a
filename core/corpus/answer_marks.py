"""Fields that mark an answer as good or bad, and what their values say."""

from __future__ import annotations

# Fields that are true of a good answer.
MARKS = (
    "label", "kto_tag", "kto_label", "desirable", "is_desirable", "good", "is_good", "accepted", "is_accepted",
    "chosen", "is_chosen", "preferred", "is_preferred", "correct", "is_correct", "liked", "thumbs_up", "feedback",
    "vote", "thumbs", "verdict", "passed", "is_passed", "rating", "preference",
)  # fmt: skip
# And those that are true of a bad one.
MARKS_OF_BAD = (
    "rejected", "is_rejected", "bad", "is_bad", "flagged", "is_flagged", "deleted", "is_deleted", "removed", "spam",
    "is_spam", "toxic", "is_toxic", "harmful", "is_harmful", "unsafe", "is_unsafe", "incorrect", "is_incorrect",
    "discard", "discarded", "excluded",
)  # fmt: skip
# Fields of a turn that say whether its answer is to be learnt; 0 and false mean that it is not.
MARKS_OF_TURNS = ("weight", "train")
_BAD = {
    "false", "bad", "rejected", "dispreferred", "undesirable", "unacceptable", "incorrect", "wrong", "thumbs_down",
    "thumbs down", "thumbsdown", "-1",
}  # fmt: skip
_BAD_VOTES = {"down", "negative", "no", "fail", "failed", "reject", "dislike", "disliked"}


def mark_of(value: str, *, field: str) -> str:
    """What the value of a marking ``field`` says of an answer: bad, 0, 1, nothing, or other."""
    text = value.strip().lower()
    if text in ("", "none"):
        return "nothing"
    if field in MARKS_OF_TURNS:
        return "bad" if text in ("false", "0", "0.0") else "other"
    if field in MARKS_OF_BAD:
        return "bad" if text in ("true", "yes", "1", "1.0") else "other"
    if text in _BAD or (field != "label" and text in _BAD_VOTES):  # a label may name a feeling
        return "bad"
    return {"0": "0", "0.0": "0", "1": "1", "1.0": "1"}.get(text, "other")
