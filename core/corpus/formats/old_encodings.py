"""Recognises an encoding from before Unicode by the letters that it gives.

Such an encoding has no mark. It is recognised only if, decoded by it, the text has the commonest letters of its
language, and by no other encoding; a wrong guess would change letters unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice, pairwise

SAMPLE = 200_000  # bytes of lines with other letters than ASCII
SURE = 2.0  # an encoding is recognised if its score is this many times that of the next
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
WESTERN = (("cp1252", "Windows-1252 (Western European)"), ("iso8859_15", "ISO-8859-15 (Western European)"))
# Letters beyond ASCII that a phrase of a language has, words that it borrows included.
ALPHABETS = tuple(
    map(
        frozenset,
        (
            "àâäæçéèêëîïñôöœùûüÿ",  # French, and English with its borrowed words
            "äöüßéèêàâçóáíñ",  # German
            "áéíñóúüçàèïòªº",  # Spanish, Catalan
            "àáâãçéêíóôõúü",  # Portuguese
            "àèéêìíîòóùúç",  # Italian
            "áéíóúäëïöüàèçêôûâ",  # Dutch, Afrikaans
            "åäöæøéèüàêôóáò",  # Danish, Norwegian, Swedish, Finnish
            "áéíóúýþæöð",  # Icelandic
            "äöõüåšž",  # Estonian and Finnish
            "áéíóúàèìòù",  # Irish, Scottish
        ),
    )
)
_ESTONIAN = frozenset("äöõüšž")
_PHRASE_END = re.compile(r"[.!?;:,()\"\n\t«»“”]")
_TILDE = re.compile("õ(?!e)")  # as no word of Portuguese has it
AMONG = 0.03  # the share of phrases or letters that may be of another language
_UTF8 = re.compile(rb"[\xc2\xc3\xc5\xd0\xd1][\x80-\xbf]|[\xe2-\xef][\x80-\xbf]{2}")
_DRAWN = re.compile("[\u2500-\u259f][\u0400-\u04ff]|[\u0400-\u04ff][\u2500-\u259f]|\u2502[0-9]")
_WESTERN_SIGNS = frozenset("€‚„…‘’“”•–—™‹›«»¡¿§©®°±²³·¼½¾×÷µ£¥¢ªº´\xa0\xad‰¶¹")
_MIXED = re.compile("[a-zA-Z¶№†‡§©®][\u0430-\u04ff]|[\u0400-\u04ff][a-zA-Z]")  # no word of Russian
_SERBIAN, _RUSSIAN, _VOWELS = frozenset("ЂЋЏЉЊђћџљњЃЌѓќ"), frozenset("ыэьяюёйщъЫЭЬЯЮЁЙЩЪ"), frozenset("аеёиоуыэюяіїєъ")
# Letters of other encodings, read as Western signs inside or at the end of a word.
_GLUED = re.compile("[a-z][¹³ª¼½¾][a-z]|[a-z][¿¡¢£¥¶§¤¦†‡‚„]|¤|[\x80-\x9f]")
_WORD = re.compile(r"[^\W\d_]+")


def recognised(lines: Sequence[bytes]) -> tuple[str, str]:
    """(codec, its usual name) of lines that are not UTF-8; empty where no encoding's score is clearly the best."""
    sample = b"\n".join(lines)
    for encoding, called in WESTERN:
        if _reads_as_western(sample, encoding):
            return encoding, called
    readings: list[tuple[float, str, str]] = []
    for encoding, called, score_of, least in LANGUAGES:
        try:
            text = _cut_to_decode(sample, encoding)
        except UnicodeDecodeError:
            continue
        letters = "".join(islice((char for char in text if char > "\x7f" and char.isalpha()), 20_000))
        score = score_of(letters) / least if letters else 0.0
        if "Cyrillic" in called and not _has_cyrillic_words(text):
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


def _has_cyrillic_words(text: str) -> bool:
    """Whether the words look Cyrillic: vowels enough, capitals in front, letters of one language, no line drawing."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    letters = "".join(words).lower()
    strange = len(_MIXED.findall(text)) + sum(
        word[0] in "ъьы"
        or any(before.islower() and after.isupper() for before, after in pairwise(word))
        or not (_SERBIAN.isdisjoint(word) or _RUSSIAN.isdisjoint(word))
        for word in words
    )
    vowels = sum(char in _VOWELS for char in letters)
    return 50 * strange <= len(words) and 3 * vowels >= len(letters) and not _DRAWN.search(text)


def _is_of_one_language(phrase: str) -> bool:
    letters = frozenset(char for char in phrase if char > "\x7f" and char.isalpha()) - _WESTERN_SIGNS
    if _TILDE.search(phrase):
        return letters <= _ESTONIAN
    return any(letters <= alphabet for alphabet in ALPHABETS)


def _reads_as_western(sample: bytes, encoding: str) -> bool:
    """Whether nearly all letters outside ASCII are inside words of ASCII letters, as in French, German or Spanish.

    Those of a phrase must all be letters of one language: Hungarian or Turkish text has such words, but no Western
    language has its letters together.
    """
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    if sum(map(len, _UTF8.findall(sample))) > AMONG * sum(byte > 0x7F for byte in sample):
        return False  # UTF-8 and another in one line
    phrases = [phrase.lower() for phrase in _PHRASE_END.split(text) if not phrase.isascii()]
    if sum(not _is_of_one_language(phrase) for phrase in phrases) > AMONG * len(phrases):
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
