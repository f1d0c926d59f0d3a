"""The Corpus page, run as Streamlit runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from core import settings
from core.corpus import demo
from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.features.embedders import CARRIED, INSTANT, find_embedder
from core.features.embedding import compute_embeddings
from core.jobs import job_names, queue
from core.workspace import trash
from core.workspace.artefacts import Workspace
from pages.parts.corpus import add as corpus_add
from pages.parts.corpus.demo_start import start_distilling
from pages.parts.frame import session_keys
from tests.jobs.running import wait
from tests.pages.reading import read_texts

HOSTILE = "<script>alert(1)</script> **bold** :red[x] $x$"


@pytest.fixture
def page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.delenv("HF_HUB_OFFLINE")  # a hub is asked for, and none is there
    return AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)


def lines(records: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    records: list[dict[str, object]] = [
        {"instruction": f"Question {i}", "output": f"Answer {i}", "source": f"s{i % 2}", "score": i} for i in range(120)
    ]
    records[7]["output"] = HOSTILE
    records.append({"instruction": "No answer", "output": ""})
    return ingest(workspace, [from_bytes(HOSTILE + ".jsonl", lines(records) + b"\n{broken")], name=HOSTILE)


def said(page: AppTest) -> str:
    kinds = (page.text, page.caption, page.markdown, page.info, page.success, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def numbers(page: AppTest) -> dict[str, str]:
    """The cards of the report: label to number."""
    labels = ("Records read", "Rows kept", "Duplicates", "Empty", "Broken", "Rejected", "Held out")
    values = [element.value for element in page.subheader]
    return dict(zip(labels, values, strict=True))


def blocks(block: Block) -> Iterator[Block]:
    """Every block under this one."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield child
            yield from blocks(child)


def go(page: AppTest, section: str) -> AppTest:
    page.session_state["corpus.go"] = section
    return page.run()


def fine(page: AppTest) -> None:
    assert not page.exception
    assert not page.error


def test_an_empty_workspace_invites(page: AppTest) -> None:
    page.run()
    fine(page)
    assert "New here?" in said(page)
    assert any("Try the demo corpus" in button.label for button in page.button)


@pytest.mark.usefixtures("no_worker", "carried_embedder")
def test_the_demo_is_one_press_away(page: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(json.__file__).parent
    monkeypatch.setattr(demo, "_packages", lambda: iter([("json", folder)]))
    monkeypatch.setattr(demo, "SPARSE", 10**9)
    page.run()
    next(button for button in page.button if "demo" in button.label).click().run()
    fine(page)
    assert "The corpus is made" in said(page)
    assert [info.name for info in list_corpora(workspace)] == [demo.NAME]
    labels = numbers(page)
    assert labels["Records read"] == labels["Rows kept"] != "0"
    queued = [job for job in queue.jobs(workspace) if job.task != job_names.DISTIL]
    assert [job.task for job in queued] == [
        job_names.TOKENS, job_names.CLUSTER, job_names.KEYWORDS, job_names.TAGS, job_names.ROW_SCORES, job_names.CLUSTER
    ]  # fmt: skip
    assert [job.request.get("landmarks") for job in queued] == [None, 8_192, 8_192, None, None, None]
    assert queued[1].request["embedder"] == INSTANT and queued[5].request["embedder"] == CARRIED
    assert [job.behind for job in queued] == [False, False, False, False, False, True]
    choice = page.session_state[session_keys.CHOICE.name]
    assert (choice.embedder, choice.landmarks) == (INSTANT, 8_192)


@pytest.mark.usefixtures("no_worker")
def test_the_instant_embedder_is_made_ready_while_the_demo_is_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIVERSCOPE_CACHE", str(tmp_path / "cache"))
    start_distilling(workspace)
    assert [job.task for job in queue.jobs(workspace)] == [job_names.DISTIL]
    path = tmp_path / "cache" / "instant" / f"{find_embedder(INSTANT).digest}.npz"
    path.parent.mkdir(parents=True)
    path.touch()
    queue.cancel(workspace, queue.jobs(workspace)[0].id)
    start_distilling(workspace)  # it is there: nothing is started
    assert [job.state for job in queue.jobs(workspace)] == ["cancelled"]


def test_a_path_on_the_server_makes_a_corpus_and_finds_it_again(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_bytes(lines([{"prompt": "Hi", "completion": "Hello."}]))
    for phrase in ("The corpus is made", "here already"):
        page.run()
        if phrase == "here already":
            go(page, "Add a corpus")
        page.text_input(key="corpus.path").set_value(str(file)).run()
        page.button(key="corpus.make.path").click().run()
        fine(page)
        assert phrase in said(page)
    assert [info.name for info in list_corpora(workspace)] == ["mine"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("pairs.jsonl", lines([{"prompt": "a", "chosen": "b", "rejected": "c"}]), "preference file"),
        ("blank.jsonl", lines([{"instruction": "a", "output": ""}]), "No row is left"),
    ],
)
def test_a_file_that_is_no_corpus_gives_a_message(
    page: AppTest, tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / name)).run()
    page.button(key="corpus.make.path").click().run()
    assert not page.exception
    assert message in page.error[0].value


def test_files_of_which_no_corpus_came_are_all_named_and_can_be_taken_out(page: AppTest) -> None:
    page.run()
    bad = [
        ("empty.jsonl", b"", ""),
        ("words.txt", b"\x00\x01", ""),
        ("blank.jsonl", lines([{"prompt": "a", "completion": ""}]), ""),
    ]
    page.file_uploader[0].set_value(bad).run()
    page.button(key="corpus.make.files").click().run()
    assert not page.exception
    for name, _, _ in bad:
        assert name in page.error[0].value.replace("\\", "")
    page.button(key="corpus.uploads.out").click().run()
    fine(page)
    assert not page.file_uploader[0].value
    page.button(key="corpus.make.files").click().run()
    assert "No file is here" in page.warning[0].value
    page.button(key="corpus.make.path").click().run()
    assert "No path is given" in page.warning[0].value


def test_a_path_outside_the_roots_is_refused(page: AppTest) -> None:
    page.run()
    page.text_input(key="corpus.path").set_value("/etc/passwd").run()
    page.button(key="corpus.make.path").click().run()
    assert not page.exception
    assert "outside the folders" in page.error[0].value


def test_unknown_columns_lead_to_a_form_filled_with_a_guess(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "odd.jsonl").write_bytes(lines([{"ask": "What is this?", "teacher_said": f"{HOSTILE} and more"}]))
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "odd.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    fine(page)
    assert page.selectbox(key="mapping.0.instruction").value == "ask"
    assert page.selectbox(key="mapping.0.response").value == "teacher_said"
    page.selectbox(key="mapping.0.response").set_value("—")
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    assert "No column is named as the response" in page.error[0].value
    page.selectbox(key="mapping.0.response").set_value("teacher_said")
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    fine(page)
    assert [info.rows for info in list_corpora(workspace)] == [1]


def test_a_form_says_how_much_of_it_is_a_guess(page: AppTest, tmp_path: Path) -> None:
    cases: dict[str, tuple[dict[str, object], str]] = {
        "whole.jsonl": ({"ask": "What is this?", "teacher_said": "A question."}, "filled with a guess"),
        "part.jsonl": ({"question": "What is this?", "n": 1}, "Only a part could be guessed"),
        "none.jsonl": ({"x": 1, "y": 2}, "Nothing could be guessed"),
    }
    for name, (record, phrase) in cases.items():
        (tmp_path / name).write_bytes(lines([record]))
        page.run()
        page.text_input(key="corpus.path").set_value(str(tmp_path / name)).run()
        page.button(key="corpus.make.path").click().run()
        fine(page)
        assert phrase in said(page)
        next(button for button in page.button if button.label == "Cancel").click().run()


def test_a_table_of_numbers_is_taken_for_scores_and_never_made_in_one_press(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    rows = "\n".join(f"{i:016x},0.12345678{i},{i}" for i in range(9))
    (tmp_path / "scores.csv").write_text(f"id,c,a\n{rows}\n")
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "scores.csv")).run()
    page.button(key="corpus.make.path").click().run()
    fine(page)
    assert "these look like scores" in said(page)
    assert {link.proto.label for link in page.get("page_link")} == {"Scores → Your columns", "Compare"}
    assert {page.selectbox(key=f"mapping.0.{field}").value for field in ("instruction", "response")} == {"—"}
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    assert page.error
    assert list_corpora(workspace) == []


@pytest.mark.parametrize("by_job", [False, True])
def test_a_preference_file_is_refused_and_can_be_read_all_the_same(
    page: AppTest, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_job: bool
) -> None:
    pairs: list[dict[str, object]] = [{"prompt": "Hi, who is there?", "chosen": "I am.", "rejected": "Nobody at all."}]
    (tmp_path / "pairs.jsonl").write_bytes(lines(pairs))
    if by_job:
        monkeypatch.setattr(corpus_add, "DIRECT", -1)
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "pairs.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "failed"
        page.run()
    assert "preference file" in page.error[0].value
    page.button(key="corpus.all-the-same").click().run()
    fine(page)
    assert page.selectbox(key="mapping.0.instruction").value == "prompt"
    assert page.selectbox(key="mapping.0.response").value == "chosen"
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "done"
        page.run()
    fine(page)
    (info,) = list_corpora(workspace)
    assert open_corpus(workspace, info.id).text("response") == ["I am."]


FRENCH: list[dict[str, object]] = [
    {"conversations": [{"from": who, "value": text} for who, text in turns]}
    for turns in (
        [("SYSTÈME", "Sois bref."), ("UTILISATEUR", f"Où dort le chat ? {HOSTILE}"), ("ASSISTANTE", "Sur le mur.")],
        [("UTILISATEUR", "Et le chien ?"), ("ASSISTANTE", "Devant la porte."), ("NARRATEUR", "Il pleut.")],
    )
]


@pytest.mark.parametrize("by_job", [False, True])
def test_unknown_roles_are_asked_and_the_answer_is_kept_with_the_corpus(
    page: AppTest, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_job: bool
) -> None:
    (tmp_path / "fr.jsonl").write_bytes(lines(FRENCH))
    if by_job:
        monkeypatch.setattr(corpus_add, "DIRECT", -1)
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "fr.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "failed"
        page.run()
    fine(page)
    proposals = {box.label: box.value for box in page.selectbox if box.label.startswith("Who is")}
    assert proposals == {
        "Who is ASSISTANTE?": "assistant",
        "Who is UTILISATEUR?": "user",
        "Who is NARRATEUR?": "user",
        "Who is SYSTÈME?": "system",
    }
    assert {"2 turns", "1 turn"} <= {caption.value for caption in page.caption}
    assert f"Où dort le chat ? {HOSTILE}" in [text.value for text in page.text]
    next(box for box in page.selectbox if box.label == "Who is NARRATEUR?").set_value("leave out")
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "done"
        page.run()
    fine(page)
    (info,) = list_corpora(workspace)
    made = open_corpus(workspace, info.id)
    assert sorted(made.text("response")) == ["Devant la porte.", "Sur le mur."]
    assert made.roles == {
        "ASSISTANTE": "assistant", "UTILISATEUR": "user", "NARRATEUR": "leave out", "SYSTÈME": "system",
    }  # fmt: skip
    assert "UTILISATEUR = user" in said(page).replace("\\", "")


@pytest.mark.parametrize("by_job", [False, True])
def test_roles_of_a_few_records_can_be_said_once_the_others_are_read(
    page: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, by_job: bool
) -> None:
    if by_job:
        monkeypatch.setattr(corpus_add, "DIRECT", -1)
    known: dict[str, object] = {"messages": [{"role": "user", "content": "a"}, {"role": "bot", "content": "b"}]}
    page.run()
    page.file_uploader[0].set_value([("mixed.jsonl", lines([known, FRENCH[1]]), "")]).run()
    page.button(key="corpus.make.files").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "done"
        page.run()
    fine(page)
    assert "Nobody knows who speaks in 1 record" in said(page)
    page.button(key="corpus.who").click().run()
    fine(page)
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    if by_job:
        assert wait(workspace, page.session_state["corpus.job"], 120).state == "done"
        page.run()
    fine(page)
    assert sorted(info.rows for info in list_corpora(workspace)) == [1, 2]


def test_the_first_rows_and_what_is_assumed_are_shown_before_the_corpus_is_made(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "train.jsonl").write_bytes(
        lines([{"instruction": HOSTILE, "output": f"b{i}", "stars": i} for i in range(9)])
    )
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "train.jsonl")).run()
    fine(page)
    (shown,) = (frame.value for frame in page.dataframe if "Instruction" in frame.value)
    assert shown.to_numpy().tolist()[0] == [HOSTILE, "b0", "0"]
    assert list(shown) == ["Instruction", "Response", "stars"]
    captions = " ".join(caption.value for caption in page.caption).replace("\\", "")
    assert "“Alpaca”, because a record looks like" in captions
    assert "split “train”" in captions
    assert list_corpora(workspace) == []
    page.button(key="corpus.columns.path").click().run()
    assert page.selectbox(key="mapping.0.response").value == "output"
    page.selectbox(key="mapping.0.response").set_value("instruction")
    page.selectbox(key="mapping.0.instruction").set_value("output")
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    fine(page)
    (info,) = list_corpora(workspace)
    assert set(open_corpus(workspace, info.id).text("response")) == {HOSTILE}


def test_half_surrogates_in_names_texts_and_roles_are_shown_as_question_marks(page: AppTest, tmp_path: Path) -> None:
    half = "\\ud800"
    rows = {
        "known.jsonl": f'{{"instruction": "a {half}", "output": "b", "k{half}": "v{half}"}}',
        "odd.jsonl": f'{{"x{half}": "What is this thing?", "y{half}": "It is a very fine thing."}}',
        "roles.jsonl": f'{{"messages": [{{"role": "z{half}", "content": "{half}"}}, {{"role": "y", "content": "b"}}]}}',
    }
    page.run()
    for name, line in rows.items():
        (tmp_path / name).write_text(line)
        page.text_input(key="corpus.path").set_value(str(tmp_path / name)).run()
        fine(page)
        page.button(key=f"corpus.{'roles' if name == 'roles.jsonl' else 'columns'}.path").click().run()
        fine(page)
        next(button for button in page.button if button.label == "Cancel").click().run()


def test_files_of_known_shapes_need_no_columns_in_the_form_that_another_file_needs(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    tree = {
        "role": "prompter",
        "text": "Who barks?",
        "replies": [{"role": "assistant", "text": "The dog.", "replies": []}],
    }
    (folder / "tree.jsonl").write_bytes(lines([{"message_tree_id": "t", "prompt": tree}]))
    (folder / "odd.jsonl").write_bytes(lines([{"eins": "Was bellt denn da?", "zwei": "Der Hund tut das."}]))
    page.run()
    page.text_input(key="corpus.path").set_value(str(folder)).run()
    page.button(key="corpus.columns.path").click().run()
    fine(page)
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    fine(page)
    (info,) = list_corpora(workspace)
    assert sorted(open_corpus(workspace, info.id).text("response")) == ["Der Hund tut das.", "The dog."]


def test_a_corpus_is_named_before_it_is_made_and_a_long_name_stays_whole(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    long = "a file of the year 2024 " + "with a very long name " * 10
    for number, name in enumerate((long.strip(), "short")):
        (tmp_path / f"{name}.jsonl").write_bytes(lines([{"instruction": f"a{number}", "output": "b"}]))
    page.run()
    for name, given in ((long.strip(), None), ("short", "Mine, of my own choice")):
        if list_corpora(workspace):
            go(page, "Add a corpus")
        page.text_input(key="corpus.path").set_value(str(tmp_path / f"{name}.jsonl")).run()
        field = next(box for box in page.text_input if box.label == "Name of the corpus")
        assert field.value == name
        if given:
            field.set_value(given).run()
        page.button(key="corpus.make.path").click().run()
        fine(page)
        assert (given or name) in {info.name for info in list_corpora(workspace)}
    go(page, "All corpora")
    renamed = "another " + long.strip()
    next(field for field in page.text_input if field.value == long.strip()).set_value(renamed)
    (place,) = (i for i, info in enumerate(list_corpora(workspace)) if info.name == long.strip())
    [button for button in page.button if button.label == "Rename"][place].click().run()
    fine(page)
    assert renamed in {info.name for info in list_corpora(workspace)}


def test_a_file_on_the_server_is_picked_from_the_folders_that_may_be_read(
    page: AppTest, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    (root / "sub").mkdir(parents=True)
    for split in ("train", "test"):
        (root / "sub" / f"{split}.jsonl").write_bytes(lines([{"instruction": split, "output": "b"}]))
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(root))
    page.run()
    assert str(root) in said(page).replace("\\", "")

    def pick(label: str) -> None:
        box = next(box for box in page.selectbox if box.label.startswith("Pick from"))
        box.set_value(next(option for option in box.options if option.startswith(label))).run()
        fine(page)

    pick("sub/")
    assert page.text_input(key="corpus.path").value == str(root / "sub")
    files = page.multiselect(key=f"corpus.files.{root / 'sub'}")
    assert files.value == ["test.jsonl", "train.jsonl"]
    files.set_value(["train.jsonl"]).run()
    page.button(key="corpus.make.path").click().run()
    fine(page)
    (info,) = list_corpora(workspace)
    assert (info.rows, info.name) == (1, "sub")
    go(page, "Add a corpus")
    pick("sub/")
    pick("↑")
    assert page.text_input(key="corpus.path").value == str(root)
    pick("sub/")
    pick("test.jsonl")
    assert page.text_input(key="corpus.path").value == str(root / "sub" / "test.jsonl")
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", "")
    page.run()
    assert "No folder may be read" in said(page)


def test_the_report_names_broken_lines_and_empty_rows(page: AppTest, corpus: Corpus) -> None:
    page.run()
    go(page, "Report")
    fine(page)
    result = numbers(page)
    assert (result["Records read"], result["Rows kept"]) == ("122", "120")
    assert (result["Empty"], result["Broken"], result["Rejected"]) == ("1", "1", "2")
    assert any("1 broken, line 122" in warning.value for warning in page.warning)


def test_the_report_tells_the_languages_and_counts_turns(page: AppTest, workspace: Workspace) -> None:
    def chat(asked: str, answered: str, turns: int) -> dict[str, object]:
        pair = [{"from": "human", "value": asked}, {"from": "gpt", "value": answered}]
        return {"conversations": pair * turns}

    rows = [chat(f"Where is harbour number {place}?", "Behind the old town.", 1 + place % 2) for place in range(3)]
    rows.append(chat("Wo liegt der Hafen dieser Stadt?", "Der Hafen liegt am Fluss.", 1))
    ingest(workspace, [from_bytes("chats.jsonl", lines(rows))], name="chats")
    page.run()
    go(page, "Report")
    fine(page)
    page.button(key="report.languages").click().run()
    fine(page)
    wait(workspace, queue.jobs(workspace)[0].id)
    page.run()
    fine(page)
    assert "The column language filters the rows" in said(page).replace("\\", "")
    shown = [json.loads(figure.proto.spec) for figure in page.get("plotly_chart")]
    bars = [dict(zip(f["layout"]["yaxis"]["ticktext"], f["data"][0]["text"], strict=True)) for f in shown[2:]]
    assert bars == [{"English": "3", "German": "1"}, {"1": "3", "2": "1"}]


def test_the_report_lists_copies_whose_other_fields_differ(page: AppTest, tmp_path: Path) -> None:
    row = {"instruction": "a", "output": "b"}
    (tmp_path / "two.jsonl").write_bytes(lines([{**row, "score": 1}, {**row, "score": 2}]))
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "two.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    fine(page)
    assert "median 1 character, 1 word;" in said(page)
    assert any("1 exact duplicate with other values" in expander.label for expander in page.expander)
    copies = next(frame.value for frame in page.dataframe if "Differs in" in frame.value)
    assert copies[["Differs in", "File", "Place"]].to_numpy().tolist() == [["score", "two.jsonl", "line 2"]]
    (tmp_path / "three.jsonl").write_bytes(lines([{**row, "score": 3, "tags": ["x"]}]))
    go(page, "Add a corpus")
    page.text_input(key="corpus.path").set_value(str(tmp_path / "three.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    fine(page)
    assert "tags" in said(page)
    assert any("score in 1 row" in warning.value for warning in page.warning)


def test_rows_are_searched_and_the_chosen_one_is_read(page: AppTest, corpus: Corpus) -> None:
    page.run()
    fine(page)
    assert "of 120 rows" in said(page)
    page.text_input(key="rows.search").set_value("answer 11").run()
    assert "**11** of 120 rows" in said(page)
    assert any(text.startswith("Answer 11") for text in read_texts(page))
    page.text_input(key="rows.search").set_value("nothing has this").run()
    assert "No row holds this" in said(page)
    page.segmented_control(key="rows.kind").set_value("Regex").run()
    page.text_input(key="rows.search").set_value("^Answer 1.$").run()
    assert "**10** of 120 rows" in said(page)
    page.text_input(key="rows.search").set_value("((").run()
    assert not page.exception
    assert "not a regular expression" in page.error[0].value
    page.segmented_control(key="rows.kind").set_value("Row id").run()
    page.text_input(key="rows.search").set_value(show_id(int(corpus.ids[3]))).run()
    fine(page)
    assert corpus.text("response")[3] in read_texts(page)


def test_filters_narrow_and_can_become_the_pool(page: AppTest, corpus: Corpus) -> None:
    page.run()
    page.multiselect(key="rows.filter.source").set_value(["s1"]).run()
    fine(page)
    assert "**60** of 120 rows" in said(page)
    page.button(key="rows.pool").click().run()
    assert page.session_state["ds.pool"] == {"sources": ["s1"]}


def test_a_link_opens_the_same_search_filters_section_and_columns(page: AppTest, corpus: Corpus) -> None:
    where = {"source": {"values": ["s1"]}, "score": {"from": 10, "to": 20.0}, "gone": {"values": ["x"]}}
    page.query_params.update(
        {"find": "answer", "find-by": "regex", "find-in": "response", "where": json.dumps(where), "columns": "score"}
    )
    page.run()
    assert not page.exception
    assert "The link's filter of “gone” is not used" in said(page).replace("\\", "")
    assert "No row holds this" in said(page)  # a pattern minds capitals
    page.text_input(key="rows.search").set_value("(?i)answer").run()
    fine(page)
    assert "**5** of 120 rows" in said(page)
    kept = {name: "".join(page.query_params[name]) for name in ("find", "find-by", "find-in", "where", "columns")}
    assert kept["find"] == "(?i)answer"
    assert json.loads(kept["where"]) == {name: where[name] for name in ("source", "score")}
    page.button(key="rows.clear.score").click().run()
    assert "**59** of 120 rows" in said(page)
    page.button(key="rows.clear.source").click().run()
    assert "**119** of 120 rows" in said(page)
    assert "where" not in page.query_params
    report = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)
    report.query_params["section"] = "report"
    report.run()
    fine(report)
    assert numbers(report)["Rows kept"] == "120"


def test_a_pattern_that_cannot_be_read_leaves_the_filters_and_the_rows(page: AppTest, corpus: Corpus) -> None:
    where = {"source": {"values": ["s1"]}}
    page.query_params.update({"find": "(", "find-by": "regex", "where": json.dumps(where)})
    page.run()
    assert not page.exception and page.error
    assert "**60** of 120 rows" in said(page)
    page.button(key="rows.clear.source").click().run()
    assert page.error and "**120** of 120 rows" in said(page)


@pytest.mark.parametrize(
    "where", ["[1]", "{", '{"source": 1}', '{"score": {"from": "a"}}', '{"score": {"values": ["1"]}}']
)
def test_a_link_with_filters_that_are_none_shows_every_row(page: AppTest, corpus: Corpus, where: str) -> None:
    page.query_params["where"] = where
    page.run()
    fine(page)
    assert "**120** of 120 rows" in said(page)


@pytest.mark.usefixtures("carried_embedder")
def test_rows_are_found_by_meaning_once_they_are_embedded(page: AppTest, workspace: Workspace) -> None:
    texts = [f"The cat number {place} sleeps on the warm sofa." for place in range(30)]
    texts += [f"Share price {place} fell by two percent at the stock exchange." for place in range(30)]
    rows: list[dict[str, object]] = [{"instruction": f"Write line {n}", "output": text} for n, text in enumerate(texts)]
    corpus = ingest(workspace, [from_bytes("two.jsonl", lines(rows))], name="two", holdout=0.0)
    page.run()
    page.segmented_control(key="rows.kind").set_value("Meaning")
    page.selectbox(key="rows.within.False").set_value("response")
    page.text_input(key="rows.search").set_value("financial markets").run()
    fine(page)
    assert "No embedding of the response yet" in said(page)
    compute_embeddings(CorpusText(corpus, "response"), CARRIED)
    page.run()
    fine(page)
    assert "**20** of 60 rows · nearest in meaning to “financial markets”" in said(page).replace("\\", "")
    assert read_texts(page)[1].startswith("Share price")
    page.text_input(key="rows.search").set_value("an animal that rests").run()
    assert read_texts(page)[1].startswith("The cat")


def test_hostile_text_is_never_markup(page: AppTest, corpus: Corpus) -> None:
    for section in ("Rows", "Report", "All corpora"):
        page.run()
        go(page, section)
        fine(page)
        for kind in (page.markdown, page.caption, page.info, page.warning, page.success):
            for element in kind:
                assert "<script>" not in element.value
                assert "**bold**" not in element.value
    go(page, "Rows")
    page.text_input(key="rows.search").set_value("<script>").run()
    assert HOSTILE in read_texts(page)


def test_a_corpus_is_renamed_deleted_and_brought_back(page: AppTest, corpus: Corpus, workspace: Workspace) -> None:
    page.run()
    go(page, "All corpora")
    fine(page)
    next(field for field in page.text_input if field.label == "Name").set_value("Better")
    next(button for button in page.button if button.label == "Rename").click().run()
    fine(page)
    assert [info.name for info in list_corpora(workspace)] == ["Better"]
    page.button(key=f"delete.{corpus.id}").click().run()
    assert list_corpora(workspace) == []
    assert "New here?" in said(page)
    next(button for button in page.button if button.label == "Bring back").click().run()
    fine(page)
    assert [info.name for info in list_corpora(workspace)] == ["Better"]


def test_deleting_one_corpus_offers_no_other_in_its_place_and_can_be_undone(
    page: AppTest, corpus: Corpus, workspace: Workspace
) -> None:
    other = ingest(workspace, [from_bytes("b.jsonl", lines([{"prompt": "Hi", "completion": "Hello."}]))], name="Other")
    page.run()
    go(page, "All corpora")
    (attach,) = page.get("page_link")  # columns are attached in one place
    assert (attach.proto.page, attach.proto.query_string) == ("scores", "scores.way=own")
    menus = [str(block.proto) for block in blocks(page.main) if block.type == "popover"]
    for kind in ("renaming", "deleting"):  # a browser keeps a menu open by its identity, so each has one of its own
        assert all(sum(f"{kind}.{made.id}" in menu for menu in menus) == 1 for made in (corpus, other))
    page.button(key=f"delete.{other.id}").click().run()
    fine(page)
    assert [info.id for info in list_corpora(workspace)] == [corpus.id]
    assert "Deleted Other" in said(page)
    next(button for button in page.button if button.label == "Undo").click().run()
    fine(page)
    assert {info.id for info in list_corpora(workspace)} == {corpus.id, other.id}
    assert "Deleted Other" not in said(page)
    assert page.session_state["ds.corpus"] == other.id  # it was the open one


def test_a_link_to_a_deleted_corpus_says_so_and_brings_it_back(
    page: AppTest, corpus: Corpus, workspace: Workspace
) -> None:
    other = ingest(workspace, [from_bytes("b.jsonl", lines([{"prompt": "Hi", "completion": "Hello."}]))], name="Other")
    trash.discard(workspace, "corpora", other.id)
    page.session_state["ds.corpus"] = other.id
    for _ in range(2):  # a page runs more than once before anybody has read it
        page.run()
        fine(page)
        assert "That corpus (Other) is in the trash." in said(page)
    page.button(key="gone.restore").click().run()
    fine(page)
    assert page.session_state["ds.corpus"] == other.id
    assert "in the trash" not in said(page)


def test_a_link_to_a_corpus_that_never_was_says_so_until_dismissed(page: AppTest, corpus: Corpus) -> None:
    page.session_state["ds.corpus"] = "0" * 16
    page.run()
    assert "no longer in the workspace" in said(page)
    assert page.session_state["ds.corpus"] == corpus.id
    page.button(key="gone.dismiss").click().run()
    fine(page)
    assert "no longer" not in said(page)


def test_large_files_are_read_by_a_job_which_asks_for_columns_too(
    page: AppTest, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_add, "DIRECT", -1)
    (tmp_path / "odd.jsonl").write_bytes(lines([{"x": "What is this, please?", "y": "It is a long enough answer."}]))
    page.run()
    page.text_input(key="corpus.path").set_value(str(tmp_path / "odd.jsonl")).run()
    page.button(key="corpus.make.path").click().run()
    assert wait(workspace, page.session_state["corpus.job"], 120).state == "failed"
    page.run()
    fine(page)
    assert page.selectbox(key="mapping.0.response").value == "y"
    next(button for button in page.button if button.label == "Make the corpus").click().run()
    assert wait(workspace, page.session_state["corpus.job"], 120).state == "done"
    page.run()
    fine(page)
    assert "The corpus is made" in said(page)
    assert [info.name for info in list_corpora(workspace)] == ["odd"]
