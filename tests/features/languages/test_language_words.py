"""Words, phrases and templates by language: counted where a language has them, and said where it has none."""

from __future__ import annotations

import statistics

import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.corpus.store import Corpus
from core.corpus.word_counts import word_count
from core.features.languages.columns import TOLD, language_columns
from core.features.languages.countable import countable
from core.features.languages.language_words import compute_language_words, counted_words, load_language_words
from core.features.languages.words_said import NONE, cells, what_is_missing
from core.parts_of_speech import installed_tagger, runs_of_tags, shared_templates
from core.workspace.artefacts import Workspace
from tests.loaded import load

ENGLISH = "The patient nurse slowly explains how the water treatment plant cleans number {} of the river."
GERMAN = "Die {} reinigt das Wasser der kleinen Stadt, und der Fluss führt im Frühling viel Hochwasser, Tag {}."
PLANTS = ("Kläranlage", "Talsperre")
CHINESE = "水处理厂每天清洁河流里的水,然后城市的居民可以安全地饮用这些干净的水,第{}天。"
POLISH = "Oczyszczalnia ścieków codziennie czyści wodę w rzece, a mieszkańcy miasta piją ją bezpiecznie, dzień {}."


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    counts = {ENGLISH: 9, CHINESE: 6, POLISH: 4}
    texts = [text.format(number) for text, count in counts.items() for number in range(count)]
    texts += [GERMAN.format(PLANTS[number % 2], number) for number in range(7)]
    return load(workspace, *({"instruction": f"Question {n}", "output": text} for n, text in enumerate(texts))).corpus


def test_each_language_is_counted_by_itself_and_said_to_have_none_of_what_it_lacks(corpus: Corpus) -> None:
    assert load_language_words(corpus, "response") is None
    lines = compute_language_words(corpus, "response")
    assert load_language_words(corpus, "response") == lines
    by_name = {line.language: line for line in lines}
    assert [(line.language, line.rows) for line in lines] == [
        ("English", 9), ("German", 7), ("Chinese", 6), ("Polish", 4)]  # fmt: skip
    told = corpus.column(language_columns(corpus)["response"])
    for language, line in by_name.items():
        own = [text for text, name in zip(corpus.text("response"), told, strict=True) if name == language]
        assert line.words == sum(map(word_count, own)) > 0
        assert line.median_words == statistics.median(map(word_count, own))
    assert {name for name, line in by_name.items() if line.countable.phrases} == {"English", "German", "Chinese"}
    german = by_name["German"]  # a word that stands in every row names none; "die" and "das" part the others
    assert dict(german.common_phrases) == {"kläranlage reinigt": 4, "talsperre reinigt": 3}
    assert (german.phrases, german.rows_with_phrases) == (2, 7)
    assert by_name["English"].templates > 0 and by_name["English"].rows_with_templates == 9
    assert all(line.templates == 0 for name, line in by_name.items() if name != "English")
    assert cells(by_name["Polish"])[5:] == (NONE, NONE, "", NONE, NONE)
    phrases, templates = what_is_missing(lines)
    assert "phrases of Polish" in phrases
    assert "German, Chinese, Polish" in templates and "English alone" in templates


def test_templates_are_the_runs_that_enough_rows_hold() -> None:
    tagger = installed_tagger()
    assert tagger is not None
    texts = [ENGLISH.format(number) for number in range(4)] + ["Run!", "Red, green and blue."]
    slow: dict[tuple[str, ...], int] = {}
    for text in texts:
        tags = tagger[1](text)
        for run in {tuple(tags[at : at + 6]) for at in range(len(tags)) if at + 6 <= len(tags)}:
            slow[run] = slow.get(run, 0) + 1
    shared = {run: count for run, count in slow.items() if count >= 4}
    assert shared_templates([runs_of_tags(tagger[1](text), length=6) for text in texts], times=4) == shared
    line = counted_words("English", texts)
    assert (line.rows_tagged, line.templates, line.rows_with_templates) == (6, len(shared), 4)


@pytest.mark.parametrize("language", TOLD)
def test_every_language_that_is_told_says_what_can_be_counted_of_it(language: str) -> None:
    can = countable(language)
    assert set(can.missing) == {name for name in ("words", "phrases", "templates") if not getattr(can, name)}
    line = counted_words(language, ["a b c"])
    assert (line.words > 0) == bool(can.words)
    assert sum(cell == NONE for cell in cells(line)) == 2 * len(can.missing)


def test_the_command_prints_the_counts_and_what_is_missing(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["language-words", corpus.id, "--component", "response"]) == 0
    printed = capsys.readouterr().out
    assert "estimated from the characters" in printed and "words between function words" in printed
    assert "No phrases of Polish" in printed and "English: commonest templates" in printed


def test_the_report_counts_them_by_a_job_and_shows_a_line_for_each_language(corpus: Corpus) -> None:
    from core.jobs import job_names, queue
    from tests.jobs.running import wait
    from tests.pages.frame.addresses import fine, opened

    page: AppTest = opened("corpus", {"corpus": corpus.id, "section": "report"})
    page.button(key="report.language.count").click().run()
    (job,) = [job for job in queue.jobs(corpus.workspace) if job.task == job_names.LANGUAGE_WORDS]
    assert wait(corpus.workspace, job.id).state == "done"
    page = fine(page.run())
    tables = [table.value for table in page.dataframe if "Words are" in table.value.columns]
    assert tables[0]["Language"].tolist() == ["English", "German", "Chinese", "Polish"]
    assert tables[0]["Phrases"].tolist()[3] == NONE
    assert any("No templates of German, Chinese, Polish" in element.value for element in page.caption)
