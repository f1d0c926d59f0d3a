"""Recognises the encoding of a file's text: UTF-8, UTF-16 or 32, or an older one; lines may differ in it."""

from __future__ import annotations

import codecs
import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

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
    """``data`` in UTF-8, without a byte-order mark; see :func:`in_utf8`."""
    stream = io.BytesIO(data)
    text, start = in_utf8(stream, name=name, notes=notes, replace=replace, copy=io.BytesIO)
    if text is stream:
        return data[start:]
    text.seek(0)
    return text.read()


def in_utf8(
    stream: BinaryIO, *, name: str, notes: list[str], replace: bool = False, copy: Callable[[], BinaryIO]
) -> tuple[BinaryIO, int]:
    """What holds the bytes of ``stream`` in UTF-8, itself or a ``copy``, and where they begin behind a byte-order mark.

    The recognised encoding is added to ``notes``. Some blocks or lines of the text are in memory at a time.

    In a UTF-8 file invalid bytes stay as they are, so that the reader of its lines can set them apart. So they do where
    no encoding is recognised, if at most ``FEW`` of the lines hold any, or if ``replace`` says that the reader replaces
    them. Raises :class:`InputError`, which names the line, where the encoding cannot be recognised otherwise.
    """
    stream.seek(0)
    head = stream.read(SAMPLE)
    for mark, encoding, called in MARKS:
        if head.startswith(mark):
            if encoding == "utf-8":
                return stream, len(mark)
            return _wide(stream, len(mark), encoding, called, name, notes, copy), 0
    wide = _unmarked(head[:4096])
    if wide:
        return _wide(stream, 0, wide, "UTF-32" if "32" in wide else "UTF-16", name, notes, copy), 0
    if _SHIFTED.search(head):
        return _shifted(stream, name, notes, copy), 0
    lines = list(_doubtful_lines(stream))
    if not lines:
        return stream, 0
    shown = b"\n".join(lines).decode("utf-8", "surrogateescape")
    undecoded = len(UNDECODED.findall(shown))
    if not undecoded or sum(char > "\x7f" for char in shown) - undecoded >= undecoded:
        return stream, 0  # UTF-8 except for some bytes
    encoding, called = recognised([line for line in lines if not is_utf8(line)])
    text, other = _by_lines(stream, encoding, copy) if encoding else (None, [])
    if text is None:
        if replace or _few_bad_lines(stream):
            return stream, 0
        line = _first_bad_line(stream)
        raise InputError(
            f"{name} is not UTF-8, and which encoding it is in cannot be told (first at line {line:,}).", remedy=SAVE
        )
    notes.append(f"The file is not UTF-8: its letters read as {called}; it was read as such.")
    if other:
        notes.append(f"Of it {counted(len(other), 'line')} (first line {other[0]:,}) were UTF-8 and read as that.")
    return text, 0


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


def _wide(
    stream: BinaryIO, start: int, encoding: str, called: str, name: str, notes: list[str], copy: Callable[[], BinaryIO]
) -> BinaryIO:
    notes.append(f"The file is {called}; it was read as such.")
    size = stream.seek(0, os.SEEK_END) - start
    odd = size % (4 if "32" in encoding else 2)
    stream.seek(start)
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    out = copy()
    fed, breaks = 0, 0
    while True:
        block = stream.read(BLOCK)
        waiting = len(decoder.getstate()[0])
        try:
            text, ended = decoder.decode(block, final=not block), not block
        except UnicodeDecodeError as error:
            text, ended = error.object[: error.start].decode(encoding, "replace"), True
            if not odd or fed - waiting + error.end < size - odd:
                breaks += text.count("\n")
                raise InputError(f"{name} is no valid {called} (first at line {breaks + 1:,}).", remedy=SAVE) from error
            notes.append("The last character of the file is cut short; it was left out.")
        breaks += text.count("\n")
        out.write((text if fed else text.removeprefix("\ufeff")).encode("utf-8", "surrogatepass"))
        if ended:
            return out
        fed += len(block)


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


def _shifted(stream: BinaryIO, name: str, notes: list[str], copy: Callable[[], BinaryIO]) -> BinaryIO:
    """Text of ISO-2022-JP, whose escape sequences say where Japanese letters begin and end."""
    stream.seek(0)
    out = copy()
    decoder = codecs.getincrementaldecoder("iso2022_jp_ext")()
    number = 0
    for line in chain(stream, [b""]):
        number += bool(line)
        try:
            out.write(decoder.decode(line, final=not line).encode())
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is no valid ISO-2022-JP (first at line {number:,}).", remedy=SAVE) from error
    notes.append("The file is not UTF-8: its letters read as ISO-2022-JP (Japanese); it was read as such.")
    return out


def _by_lines(stream: BinaryIO, encoding: str, copy: Callable[[], BinaryIO]) -> tuple[BinaryIO | None, list[int]]:
    """A ``copy`` in UTF-8, and the numbers of the lines that were UTF-8 already; None where a line is in neither."""
    stream.seek(0)
    out, other = copy(), list[int]()
    for number, line in enumerate(stream, start=1):
        if line.isascii():
            out.write(line)
            continue
        if is_utf8(line) and sum(byte >= 0xC0 for byte in line) >= LETTERS:
            other.append(number)
            out.write(line)
            continue
        try:
            out.write(line.removesuffix(b"\n").decode(encoding).encode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            return None, []
        out.write(b"\n" * line.endswith(b"\n"))
    return out, other


def blocks_of(stream: BinaryIO, *, start: int = 0) -> Iterator[bytes]:
    """The bytes of ``stream`` from ``start`` on in blocks of whole lines."""
    stream.seek(start)
    while block := stream.read(BLOCK):
        yield block + stream.readline()


def _doubtful_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with letters outside ASCII, from blocks that are not UTF-8, up to SAMPLE bytes."""
    taken = 0
    for block in blocks_of(stream):
        if not is_utf8(block):
            for line in block.split(b"\n"):
                if not line.isascii():
                    taken += len(line)
                    yield line[:SAMPLE]
                    if taken >= SAMPLE:
                        return


def _few_bad_lines(stream: BinaryIO) -> bool:
    bad, lines = 0, 1
    for block in blocks_of(stream):
        lines += block.count(b"\n")
        bad += len(bad_lines(block))
    return bad <= FEW * lines


def _first_bad_line(stream: BinaryIO) -> int:
    before = 0
    for block in blocks_of(stream):
        if marked := bad_lines(block):
            return before + marked[0]
        before += block.count(b"\n")
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
