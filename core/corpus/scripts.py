"""Which writing system a text mostly uses: a cheap stand-in for its language."""

from __future__ import annotations

import re

LEADING = 1000  # characters that are examined

_SCRIPTS = {
    "Latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Kana": "\u3040-\u30ff\u31f0-\u31ff",
    "Hangul": "\u1100-\u11ff\uac00-\ud7af",
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Hebrew": "\u0590-\u05ff",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
}
_PATTERNS = {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
_BEYOND_LATIN = re.compile("[\u0370-\u1dff\u3040-\ud7af\uf900-\ufaff]")


def script_of(text: str) -> str:
    """The script with most letters in the first 1,000 characters; "Other" where there are none.

    A Han character or a Hangul syllable carries as much as several letters, so each counts as three. Text with kana
    and Han is Japanese.
    """
    head = text[:LEADING]
    if head.isascii() or not _BEYOND_LATIN.search(head):
        return "Latin" if _PATTERNS["Latin"].search(head) else "Other"
    counts = {name: len(pattern.findall(head)) for name, pattern in _PATTERNS.items()}
    if counts["Kana"] and counts["Kana"] * 10 >= counts["Han"]:
        counts["Japanese"] = (counts.pop("Kana") + counts.pop("Han")) * 2
    for name in ("Han", "Hangul"):
        counts[name] = counts.get(name, 0) * 3
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "Other"
