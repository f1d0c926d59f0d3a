"""The compiled table of words: every text is cut and looked up as a plain loop over its words would."""

from __future__ import annotations

import re
import string

import numpy as np

from core.features.instant.word_table import UNKNOWN, WordTable, words_read

LONGEST = 12


def slow_words(text: str) -> list[bytes]:
    """The twin: cut at the white space of ASCII, then printable ASCII around its signs, in lower case."""
    words: list[bytes] = []
    for piece in re.split(r"[\t-\r\x1c-\x1f ]+", text):
        if piece.isascii() and piece.isprintable():
            words += [part.encode() for part in re.findall(r"[a-z0-9]+|[^a-z0-9]", piece[:LONGEST].lower())]
        elif piece:
            words.append(piece.encode())
    return words


def read(
    table: WordTable, texts: list[str], *, tokens_a_word: int = 1, limit: int = 1 << 40
) -> tuple[list[list[bytes]], list[list[int]]]:
    """The words of each text, and their places."""
    parts = [text.encode() for text in texts]
    letters = np.frombuffer(bytearray(b"".join(parts)), dtype=np.uint8)
    ends = np.cumsum([0, *map(len, parts)])
    bounds = np.arange(table.words + 1, dtype=np.int64) * tokens_a_word
    offsets, places, spans = words_read(
        letters, ends, limit, LONGEST, table.slots, table.hashes, table.ends, table.letters, bounds
    )
    words = [letters[start:end].tobytes() for start, end in spans.tolist()]
    ranges = [slice(offsets[text], offsets[text + 1]) for text in range(len(texts))]
    return [words[part] for part in ranges], [places[part].tolist() for part in ranges]


def odd_texts(count: int) -> list[str]:
    random = np.random.default_rng(3)
    signs = [
        *string.ascii_letters,
        *string.digits,
        *" \t\n\x1c\x1f.,'-_\x00\x7f",
        "é",
        "\u3000",
        "\xa0",
        "\x85",
        "中",
        "🙂",
    ]
    return ["".join(random.choice(signs, size=size)) for size in random.integers(0, 120, size=count)]


def test_texts_are_cut_and_looked_up_as_by_a_plain_loop() -> None:
    texts, table, places = odd_texts(300), WordTable(), dict[bytes, int]()
    for batch in range(0, len(texts), 30):  # the table grows through several sizes
        words, at = read(table, texts[batch : batch + 30])
        assert words == [slow_words(text) for text in texts[batch : batch + 30]]
        assert at == [[places.get(word, UNKNOWN) for word in of_text] for of_text in words]
        new = list(dict.fromkeys(word for of_text in words for word in of_text if word not in places))
        places |= {word: len(places) + at for at, word in enumerate(new)}
        table.add(new)
    assert table.words == len(places) > 1024 and len(table.slots) >= 2 * table.words


def test_a_text_is_read_no_further_than_its_tokens_are_asked_for() -> None:
    table = WordTable()
    table.add([b"two"])
    words, places = read(table, ["two two, new two two", "", "new"], tokens_a_word=2, limit=4)
    assert words == [[b"two", b"two"], [], [b"new"]] and places == [[0, 0], [], [UNKNOWN]]
    words, _ = read(table, ["new a b two two two"], tokens_a_word=2, limit=4)
    assert words == [[b"new", b"a", b"b", b"two"]]


def test_words_of_one_hash_stay_apart() -> None:
    table = WordTable()
    table.add([b"first", b"other"])
    table.hashes[:2] = table.hashes[0]  # what a collision looks like
    table.slots[:] = UNKNOWN
    table.slots[int(table.hashes[0]) % len(table.slots)] = 1
    table.slots[(int(table.hashes[0]) + 1) % len(table.slots)] = 0
    _, places = read(table, ["first"])
    assert places == [[0]]
