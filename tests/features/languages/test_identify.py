"""The language of one text: real sentences in 29 languages, program code, and texts that no language can be told of."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.features.languages.code_lines import parts_of
from core.features.languages.identify import CODE, UNDETERMINED, languages_of_row, told_alone
from core.features.languages.names import NAMES

SENTENCES: dict[str, list[str]] = orjson.loads(Path(__file__).with_name("sentences.json").read_bytes())
LABELLED = [(NAMES[code], text) for code, texts in SENTENCES.items() for text in texts]

PYTHON = """def longest(words):
    # the longest word, the first of several
    best = ""
    for word in words:
        if len(word) > len(best):
            best = word
    return best
"""
JAVA = """import java.util.List;

public class Counter {
    private int count = 0;

    public void add(int number) {
        count += number;
    }
}
"""
SQL = "SELECT name, count(*) FROM rows\nWHERE length > 5\nGROUP BY name\nORDER BY name;"
HTML = "<html>\n  <body>\n    <p>Welcome to the harbour</p>\n  </body>\n</html>"
CSS = "button {\n  border: 3px solid red;\n  padding: 4px;\n}"
SHELL = '#!/bin/bash\nfor file in *.txt; do\n  echo "$file"\ndone'


def test_sentences_of_29_languages_are_told_apart() -> None:
    wrong = [(language, told, text) for language, text in LABELLED if (told := told_alone(text).language) != language]
    assert len({language for language, _ in LABELLED}) == 29
    assert len(wrong) <= 1, wrong


def test_of_sentences_cut_to_three_words_most_are_told_and_few_wrongly() -> None:
    cut = [(language, " ".join(text.split()[:3])) for language, text in LABELLED if len(text.split()) > 5]
    told = [(language, told_alone(text).language) for language, text in cut]
    wrong = [pair for pair in told if pair[1] not in (pair[0], UNDETERMINED)]
    assert len(cut) > 100
    assert sum(name == UNDETERMINED for _, name in told) / len(told) < 0.12
    assert len(wrong) / len(told) < 0.06, wrong


@pytest.mark.parametrize("text", [PYTHON, JAVA, SQL, HTML, CSS, SHELL, f"```python\n{PYTHON}```"])
def test_program_code_is_code(text: str) -> None:
    assert told_alone(text).language == CODE


@pytest.mark.parametrize(
    "text",
    [
        "Leaves twirl and glide,\nDrifting gently to the ground;\nAutumn's dance begins.",
        "From the text given, extract the models and the dates on which they were announced.",
        "First we add the two numbers: 3 + 4 = 7. Then we divide by 2, which gives 3.5 (rounded to 4).",
        "1. Wash the rice.\n2. Boil it for ten minutes.\n3. Let it rest before you serve it with the fish.",
        "# Notes on the meeting\n\nWe agreed to meet again next week, and to bring the figures of last year.",
        "if you want: come with us; while there is time, we will wait for everybody who is late.",
    ],
)
def test_prose_with_signs_that_code_uses_too_is_prose(text: str) -> None:
    assert told_alone(text).language == "English"


def test_prose_that_explains_code_counts_once_it_is_a_paragraph() -> None:
    sentence = "Diese Funktion gibt das längste Wort der Liste zurück; bei gleicher Länge ist es das erste. "
    assert told_alone(f"{sentence}\n\n```python\n{PYTHON}```").language == CODE
    assert told_alone(f"{sentence * 3}\n\n```python\n{PYTHON}```").language == "German"


@pytest.mark.parametrize("text", ["", "42", "3.14 + 2 = 5.14", "…", "ok", "🙂🙂", "Yes."])
def test_too_short_a_text_is_undetermined(text: str) -> None:
    assert told_alone(text).language == UNDETERMINED


def test_nothing_after_the_first_thousand_characters_changes_the_language() -> None:
    german = "Der Leuchtturm steht seit hundert Jahren am Rand der Insel. " * 30
    assert (
        told_alone(german).language
        == told_alone(german + PYTHON * 40 + "Это длинный рассказ. " * 200).language
        == "German"
    )


def test_hostile_texts_are_read_in_no_time_and_raise_nothing() -> None:
    for text in (
        "(" * 100_000,
        "a=" * 50_000,
        "<" + "a " * 50_000,
        "\ud800" * 20,
        "\x00" * 50,
        "`" * 9_999,
        "'''" * 999,
    ):
        assert isinstance(told_alone(text).language, str)


def test_every_line_of_a_text_is_prose_or_code() -> None:
    text = f"Here is the function that you asked for.\n{PYTHON}"
    parts = parts_of(text)
    assert parts.prose == "Here is the function that you asked for."
    assert parts.prose_characters + parts.code_characters == len("".join(text.split()))


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Which instrument is string or woodwind: Aulochrome, Asor", "Aulochrome is woodwind, Asor is string."),
        ("What is quantum mechanics?", "A theory of physics that describes how very small things behave."),
        ("Which composer wrote the ninth symphony with a choir in its last movement?", "Ludwig van Beethoven"),
        ("What are the names of some actors that started on Broadway?", "Hugh Jackman, Meryl Streep"),
    ],
)  # fmt: skip
def test_a_short_component_has_the_language_of_its_row(asked: str, answered: str) -> None:
    assert not (told_alone(asked).sure and told_alone(answered).sure)
    assert languages_of_row(asked, answered) == ("English",) * 3


def test_an_answer_in_another_language_keeps_its_own() -> None:
    asked = "Translate the sentence on the board into the language of your choice."
    for language, text in LABELLED:
        assert languages_of_row(asked, text)[2] == language, text


def test_a_component_without_letters_or_in_another_script_does_not_take_the_language_of_the_row() -> None:
    asked = "How many metres are there in a kilometre, and why is it so?"
    assert languages_of_row(asked, "1,000")[2] == UNDETERMINED
    assert languages_of_row(asked, "千米")[2] != "English"
    assert (
        languages_of_row("请用一句话说明为什么天空在白天是蓝色的，而在傍晚是红色的。", "watch, watches")[2] != "Chinese"
    )
