"""Recognises the encoding of a file's text: UTF-8, UTF-16 or 32, or an older one; lines may differ in it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

from core.corpus.formats.old_encodings import SAMPLE, recognised
from core.counted import counted
from core.errors import InputError

MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
BLOCK = 1 << 24  # bytes examined at a time
UNDECODED = re.compile("[\udc80-\udcff]")  # how text holds bytes that are not UTF-8, see PEP 383
_PLAIN = re.compile("[ -~\t\r\n]")
FEW = 0.01  # of the lines of a file in no known encoding may be damaged ones
LETTERS = 2  # of a line that is UTF-8 by no accident
_SHIFTED = re.compile(rb"\x1b\$[@B]|\x1b\$\(D")  # as ISO-2022-JP begins Japanese letters
SAVE = "Save it as UTF-8 (in Excel: “CSV UTF-8”; in an editor: Save with encoding), then load it again."


def as_utf8(data: bytes, *, name: str, notes: list[str], replace: bool = False) -> bytes:
    """``data`` in UTF-8, without a byte-order mark; the recognised encoding is added to ``notes``.

    In a UTF-8 file invalid bytes stay as they are, so that the reader of its lines can set them apart. So they do where
    no encoding is recognised, if at most ``FEW`` of the lines hold any, or if ``replace`` says that the reader replaces
    them. Raises :class:`InputError`, which names the line, where the encoding cannot be recognised otherwise.
    """
    for mark, encoding, called in MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                return data[len(mark) :]
            return _wide(data[len(mark) :], encoding, called, name, notes)
    wide = _unmarked(data[:4096])
    if wide:
        return _wide(data, wide, "UTF-32" if "32" in wide else "UTF-16", name, notes)
    if _SHIFTED.search(data[:SAMPLE]):
        return _shifted(data, name, notes)
    lines = list(_doubtful_lines(data))
    if not lines:
        return data
    shown = b"\n".join(lines).decode("utf-8", "surrogateescape")
    undecoded = len(UNDECODED.findall(shown))
    if not undecoded or sum(char > "\x7f" for char in shown) - undecoded >= undecoded:
        return data  # UTF-8 except for some bytes
    encoding, called = recognised([line for line in lines if not is_utf8(line)])
    text, other = _by_lines(data, encoding) if encoding else (b"", [])
    if not text:
        if replace or len(bad_lines(data)) <= FEW * (data.count(b"\n") + 1):
            return data
        line = _first_bad_line(data)
        raise InputError(
            f"{name} is not UTF-8, and which encoding it is in cannot be told (first at line {line:,}).", remedy=SAVE
        )
    notes.append(f"The file is not UTF-8: its letters read as {called}; it was read as such.")
    if other:
        notes.append(f"Of it {counted(len(other), 'line')} (first line {other[0]:,}) were UTF-8 and read as that.")
    return text


def is_wide(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is UTF-16 or 32, in which zero bytes are normal."""
    return bool(_unmarked(head[:4096])) or any(head.startswith(mark) for mark, _, called in MARKS if called != "UTF-8")


def decoded_text(data: bytes, *, replace: bool) -> str:
    """``data`` as text. Bytes that are not UTF-8 become U+FFFD, or surrogates that :func:`undecoded` recognises."""
    return data.decode("utf-8", "replace" if replace else "surrogateescape")


def undecoded(value: object) -> bool:
    """Whether a text, or any text in a list or an object, names included, holds bytes that were not UTF-8."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if not part.isascii() and UNDECODED.search(part):
                return True
        elif isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
    return False


def bad_lines(data: bytes) -> list[int]:
    """The numbers, from 1, of the lines that are not UTF-8."""
    return [number for number, line in enumerate(data.split(b"\n"), start=1) if not is_utf8(line)]


def _wide(data: bytes, encoding: str, called: str, name: str, notes: list[str]) -> bytes:
    notes.append(f"The file is {called}; it was read as such.")
    odd = len(data) % (4 if "32" in encoding else 2)
    try:
        text = data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        if not odd or error.end < len(data) - odd:
            raise InputError(
                f"{name} is no valid {called} (first at line {before.count(chr(10)) + 1:,}).", remedy=SAVE
            ) from error
        text = before
        notes.append("The last character of the file is cut short; it was left out.")
    return text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")


def _unmarked(head: bytes) -> str:
    """The variant of UTF-16 or 32 without a mark; "" for other text.

    In UTF-16 one of the two bytes of an ASCII character is zero, be it only a comma between Chinese words; bytes that
    are UTF-8 as well are UTF-16 only where there are many zeros.
    """
    zeros = head.count(0)
    if zeros < 2 or len(head) < 8:
        return ""
    for encoding in ("utf-32-le", "utf-32-be"):
        text = _decoded(head, encoding, unit=4)
        if text and "\0" not in text:
            return encoding
    if zeros < len(head) // 8 and (is_utf8(head) or is_utf8(head[:-3])):
        return ""
    readings = {encoding: _decoded(head, encoding, unit=2) for encoding in ("utf-16-le", "utf-16-be")}
    plain = {encoding: len(_PLAIN.findall(text)) for encoding, text in readings.items()}
    (encoding, most), (_, fewer) = sorted(plain.items(), key=lambda item: -item[1])
    strange = sum(unicodedata.category(char) in ("Cn", "Co", "Cc") for char in _PLAIN.sub("", readings[encoding]))
    return encoding if most > 2 * fewer and 50 * strange <= len(readings[encoding]) else ""


def _decoded(head: bytes, encoding: str, *, unit: int) -> str:
    """``head`` decoded, a last character that is cut left out; "" where it is not in this encoding."""
    whole = head[: len(head) // unit * unit]
    for end in (len(whole), len(whole) - unit):
        try:
            return whole[:end].decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _shifted(data: bytes, name: str, notes: list[str]) -> bytes:
    """Text of ISO-2022-JP, whose escape sequences say where Japanese letters begin and end."""
    try:
        text = data.decode("iso2022_jp_ext")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name} is no valid ISO-2022-JP (first at line {line:,}).", remedy=SAVE) from error
    notes.append("The file is not UTF-8: its letters read as ISO-2022-JP (Japanese); it was read as such.")
    return text.encode()


def _by_lines(data: bytes, encoding: str) -> tuple[bytes, list[int]]:
    """``data`` in UTF-8, and the numbers of the lines that were UTF-8 already; nothing where a line is in neither."""
    lines, other = data.split(b"\n"), []
    for place, line in enumerate(lines):
        if line.isascii():
            continue
        if is_utf8(line) and sum(byte >= 0xC0 for byte in line) >= LETTERS:
            other.append(place + 1)
            continue
        try:
            lines[place] = line.decode(encoding).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return b"", []
    return b"\n".join(lines), other


def _doubtful_lines(data: bytes) -> Iterator[bytes]:
    """Lines with letters outside ASCII, from blocks that are not UTF-8, up to SAMPLE bytes."""
    start, taken = 0, 0
    while start < len(data) and taken < SAMPLE:
        end = data.find(b"\n", start + BLOCK)
        end = len(data) if end < 0 else end + 1
        if not is_utf8(memoryview(data)[start:end]):
            for line in data[start:end].split(b"\n"):
                if not line.isascii():
                    taken += len(line)
                    yield line[:SAMPLE]
                    if taken >= SAMPLE:
                        return
        start = end


def _first_bad_line(data: bytes) -> int:
    start, before = 0, 0
    while start < len(data):
        end = data.find(b"\n", start + BLOCK)
        end = len(data) if end < 0 else end + 1
        try:
            str(memoryview(data)[start:end], "utf-8")
        except UnicodeDecodeError as error:
            return before + data.count(b"\n", start, start + error.start) + 1
        before += data.count(b"\n", start, end)
        start = end
    return before


def is_utf8(part: bytes | memoryview) -> bool:
    """Whether ``part`` is valid UTF-8."""
    if isinstance(part, bytes) and part.isascii():
        return True
    try:
        str(part, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
