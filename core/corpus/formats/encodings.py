"""Recognises the encoding of a file's text: UTF-8, UTF-16 or 32, or an older one, by its letters.

An older encoding has no mark. It is recognised only if, decoded by it, the text has the commonest letters of its
language, and by no other encoding; otherwise the file is refused and the message names the first such line, because a
wrong guess would change letters unnoticed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

from core.errors import InputError

MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
BLOCK = 1 << 24  # bytes examined at a time
SAMPLE = 200_000  # bytes of lines with other letters than ASCII
SURE = 2.0  # an encoding is recognised if its score is this many times that of the next
UNDECODED = re.compile("[\udc80-\udcff]")  # how text holds bytes that are not UTF-8, see PEP 383
SAVE = "Save it as UTF-8 (in Excel: “CSV UTF-8”; in an editor: Save with encoding), then load it again."

_CHINESE = "的一是了不在有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"  # noqa: E501
_TRADITIONAL = "的一是了不在有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長"  # noqa: E501
_KOREAN = "이다는에의을가고하지은도로를사기한서시리인정대자해어일나수만그부보제아들있게것스주구와여전라장연과계세상면유거국오요내문무원우동성진선안신방"  # noqa: E501
_CYRILLIC = "оеаинтсрвлкмдпу"


def _share(letters: str) -> Callable[[str], float]:
    known = frozenset(letters)
    return lambda text: sum(char in known for char in text) / len(text)


def _kana(text: str) -> float:
    return sum("\u3041" <= char <= "\u30fc" for char in text) / len(text)


# encoding, its usual name, a score of letters decoded by it (the share of common ones), and the least score that counts
LANGUAGES: tuple[tuple[str, str, Callable[[str], float], float], ...] = (
    ("gb18030", "GBK (simplified Chinese)", _share(_CHINESE), 0.15),
    ("big5hkscs", "Big5 (traditional Chinese)", _share(_TRADITIONAL), 0.15),
    ("cp932", "Shift-JIS (Japanese)", _kana, 0.25),
    ("euc_jp", "EUC-JP (Japanese)", _kana, 0.25),
    ("cp949", "EUC-KR (Korean)", _share(_KOREAN), 0.2),
    ("cp1251", "Windows-1251 (Cyrillic)", _share(_CYRILLIC), 0.5),
    ("koi8_r", "KOI8-R (Cyrillic)", _share(_CYRILLIC), 0.5),
)
_WESTERN_SIGNS = frozenset("€‚„…‘’“”•–—™‹›«»¡¿§©®°±²³·¼½¾×÷µ£¥¢ªº´\xa0\xad‰¶¹")
_MIXED = re.compile("[a-zA-Z][\u0400-\u04ff]|[\u0400-\u04ff][a-zA-Z]")  # no word of Russian
# Letters of other encodings, read as Western signs inside or at the end of a word.
_GLUED = re.compile("[a-z][¹³ª¼½¾][a-z]|[a-z][¿¡¢£¥¶§¤¦†‡]")
_WORD = re.compile(r"[^\W\d_]+")


def as_utf8(data: bytes, *, name: str, notes: list[str]) -> bytes:
    """``data`` in UTF-8, without a byte-order mark; the recognised encoding is added to ``notes``.

    In a UTF-8 file invalid bytes stay as they are, so that the reader of its lines can set them apart. Raises
    :class:`InputError`, which names the line, where the encoding cannot be recognised.
    """
    for mark, encoding, called in MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                return data[len(mark) :]
            return _wide(data[len(mark) :], encoding, called, name, notes)
    wide = _unmarked(data[:4096])
    if wide:
        return _wide(data, wide, "UTF-16", name, notes)
    sample = b"\n".join(_doubtful_lines(data))
    if not sample:
        return data
    shown = sample.decode("utf-8", "surrogateescape")
    undecoded = len(UNDECODED.findall(shown))
    if not undecoded or sum(char > "\x7f" for char in shown) - undecoded >= undecoded:
        return data  # UTF-8 except for some bytes
    encoding, called = _recognised(sample)
    if encoding:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            encoding = ""
    if not encoding:
        line = _first_bad_line(data)
        raise InputError(
            f"{name} is not UTF-8, and which encoding it is in cannot be told (first at line {line:,}).", remedy=SAVE
        )
    notes.append(f"The file is not UTF-8: its letters read as {called}; it was read as such.")
    return text.encode("utf-8", "surrogatepass")


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
    return [number for number, line in enumerate(data.split(b"\n"), start=1) if not _is_utf8(line)]


def _wide(data: bytes, encoding: str, called: str, name: str, notes: list[str]) -> bytes:
    if encoding == "utf-16-le" and data[1:2] == b"\x00" and not data[2:4].strip(b"\x00") and len(data) > 4:
        encoding, called = "utf-32-le", "UTF-32"
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
    """The variant of UTF-16 without a mark, in which every other byte of ASCII letters is zero; "" for other text."""
    zeros = head.count(0)
    even = head[::2].count(0)
    if zeros < max(len(head) // 8, 2) or len(head) < 8:
        return ""
    if even <= zeros // 20 and head[:1] != b"\x00":
        return "utf-16-le"
    return "utf-16-be" if even >= zeros - zeros // 20 and head[1:2] != b"\x00" else ""


def _doubtful_lines(data: bytes) -> Iterator[bytes]:
    """Lines with letters outside ASCII, from blocks that are not UTF-8, up to SAMPLE bytes."""
    start, taken = 0, 0
    while start < len(data) and taken < SAMPLE:
        end = data.find(b"\n", start + BLOCK)
        end = len(data) if end < 0 else end + 1
        if not _is_utf8(memoryview(data)[start:end]):
            for line in data[start:end].split(b"\n"):
                if not line.isascii():
                    taken += len(line)
                    yield line[:SAMPLE]
                    if taken >= SAMPLE:
                        return
        start = end


def _recognised(sample: bytes) -> tuple[str, str]:
    """(codec, its usual name) of a sample that is not UTF-8; empty where no encoding's score is clearly the best."""
    if _reads_as_western(sample):
        return "cp1252", "Windows-1252 (Western European)"
    readings: list[tuple[float, str, str]] = []
    for encoding, called, score_of, least in LANGUAGES:
        try:
            text = _cut_to_decode(sample, encoding)
        except UnicodeDecodeError:
            continue
        letters = "".join(islice((char for char in text if char > "\x7f" and char.isalpha()), 20_000))
        score = score_of(letters) / least if letters else 0.0
        if "Cyrillic" in called and 10 * len(_MIXED.findall(text)) > len(_WORD.findall(text)):
            continue
        if score >= 1.0 and not any("\ue000" <= char <= "\uf8ff" for char in letters):
            readings.append((score, encoding, called))
    readings.sort(reverse=True)
    if not readings or (len(readings) > 1 and readings[0][0] < SURE * readings[1][0]):
        return "", ""
    return readings[0][1], readings[0][2]


def _cut_to_decode(sample: bytes, encoding: str) -> str:
    """The sample decoded; a character that its end cuts in two is left out."""
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4 or len(sample) < SAMPLE:
            raise
        return sample[: error.start].decode(encoding)


def _reads_as_western(sample: bytes) -> bool:
    """Whether nearly all letters outside ASCII are inside words of ASCII letters, as in French, German or Spanish."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    letters = good = signs = 0
    for char in text:
        signs += char in _WESTERN_SIGNS
        letters += char > "\x7f" and char not in _WESTERN_SIGNS
    for word in _WORD.findall(text):
        high = sum(char > "\x7f" for char in word)
        plain = len(word) - high
        # An upper-case letter inside a word, or a word of other letters, is a wrong guess.
        mixed = any(before.islower() and after.isupper() and after > "\x7f" for before, after in pairwise(word))
        mixed |= any(before > "\x7f" and before.isupper() and after.islower() for before, after in pairwise(word[1:]))
        if high and not mixed and (plain >= high or (len(word) == 1 and word in "àÀéÉôÔóÓåÅöÖøØæÆ")):
            good += high
    inside = len(_GLUED.findall(text))
    return letters + signs > 0 and inside == 0 and good >= 0.9 * letters


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


def _is_utf8(part: bytes | memoryview) -> bool:
    try:
        str(part, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
