"""What the normaliser changes in a text before rows are compared and counted.

Version 1: Unicode NFC; line ends become ``\\n``; NUL characters and byte-order marks are removed, lone
surrogates become U+FFFD; end-of-text marks of known tokenizers at the end and white space around the text are removed.
The original record is kept as it came.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

NORMALISER = 1

_END_MARKS = ("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "</s>")
_ODD = re.compile("[\ufeff\ud800-\udfff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The normalised form of ``text``, by which rows are compared and counted. Cleaning twice changes nothing more."""
    ascii_only = text.isascii()
    if "\r" in text or "\x00" in text or (not ascii_only and _ODD.search(text)):
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufeff", "")
        text = _SURROGATES.sub("\ufffd", text)
    if not ascii_only:
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    return text[: _end(text)] if text.endswith(_END_MARKS) else text


def whole_pairs(value: Any) -> Any:
    """A value of JSON whose texts, names of fields among them, have U+FFFD for each half of a surrogate pair.

    Halves are valid JSON and no valid text: nothing that writes UTF-8 takes them. ``value`` itself where it has none.
    """
    if isinstance(value, str):
        return value if value.isascii() or not _SURROGATES.search(value) else _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        mended = [whole_pairs(part) for part in value]
        return value if all(new is old for new, old in zip(mended, value, strict=True)) else mended
    if isinstance(value, dict):
        fields = {whole_pairs(name): whole_pairs(part) for name, part in value.items()}
        same = all(name in value and value[name] is part for name, part in fields.items())
        return value if same and len(fields) == len(value) else fields
    return value


def _end(text: str) -> int:
    """The length of ``text`` without its end marks and the white space before each; linear even for a million marks."""
    end = len(text)
    while True:
        mark = next((mark for mark in _END_MARKS if text.endswith(mark, 0, end)), "")
        if not mark:
            return end
        end -= len(mark)
        while end and text[end - 1].isspace():
            end -= 1
