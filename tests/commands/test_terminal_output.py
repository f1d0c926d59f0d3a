"""No text of a file reaches a terminal as a control character: in no table, message, log or line of progress."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.control_characters import VisibleFormatter, visible, visible_output
from core.corpus.corpus_list import list_corpora
from core.jobs.logs import job_log
from core.settings import PROJECT_ROOT
from core.workspace.artefacts import Workspace

CLEAR = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202ereversed\u2066\x08\x0d\x7f"
FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
COLUMN, VALUE, TAG, NAME = f"col{CLEAR}", f"val{CLEAR}", f"tag{CLEAR}", f"name{CLEAR}"


def records(count: int = 40) -> bytes:
    rows = [
        {
            "instruction": f"Write{CLEAR} about {number}.",
            "output": f"words{CLEAR} of row number {number} and {number % 7}",
            "category": f"{VALUE}{number % 3}",
            COLUMN: f"{VALUE}{number % 4}",
            "weight": number,
        }
        for number in range(count)
    ]
    return b"\n".join([*map(orjson.dumps, rows), orjson.dumps(rows[0]), b'{"instruction": "\x1b[2J broken'])


class Terminal:
    """Runs commands, and checks whatever they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.printed = ""

    def __call__(self, *command: str, ends: int = 0) -> str:
        self.capsys.readouterr()
        try:
            assert main(list(command)) == ends, self.capsys.readouterr().err
        except SystemExit as ended:
            assert ended.code == ends
        output, errors = self.capsys.readouterr()
        assert not FORBIDDEN.search(output), (command, output)
        assert not FORBIDDEN.search(errors), (command, errors)
        self.printed += output + errors
        return output + errors


def test_no_command_prints_a_control_character_of_a_file(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Terminal(capsys)
    file = tmp_path / "rows\x1b[31m\u202e.jsonl"
    file.write_bytes(records())
    printed = run("load", str(file), "--name", NAME)
    assert "rows\\u001b[31m\\u202e.jsonl" in printed
    run("load", str(tmp_path / f"nothing{CLEAR.replace('/', '')}.jsonl"), ends=1)
    corpus = list_corpora(workspace)[0].id
    run("list")
    run("corpora")
    run("tokens", corpus, "--low", "1", "--high", "40")
    tags = tmp_path / f"tags{CLEAR}.jsonl"
    tags.write_bytes(b"\n".join(orjson.dumps({"tags": [TAG, f"{TAG}{n % 3}"]}) for n in range(42)))
    run("tags", corpus, "--file", str(tags), "--model", f"own{CLEAR}")
    ids = run("choose", corpus, "--strategy", "random", "--size", "30", "--ids").split()[:30]
    own = tmp_path / f"own{CLEAR}.csv"
    own.write_text("id,score\x1b[31m,text\n" + "".join(f"{i},{n},x\x1b[31m\n" for n, i in enumerate(ids)))
    run("columns", corpus, str(own))
    run("columns", corpus)
    run("columns", corpus, "--delete", f"no{CLEAR}", ends=1)
    run(
        "choose",
        corpus,
        "--strategy",
        "random",
        "--size",
        "9",
        "--save",
        "kept",
        "--out",
        str(tmp_path / "kept.jsonl"),
    )
    run("choose", corpus, "--strategy", f"no{CLEAR}", "--size", "9", ends=1)
    run("choose", corpus, "--strategy", "random", "--size", "9", "--quota", f"category={VALUE}9:1-2", ends=1)
    run("subsets")
    run("subsets", "--note", "kept", f"note{CLEAR}")
    run("subsets")
    run("why", "kept", ids[0])
    run("why", "kept", f"{file.name}:1")
    run("why", f"none{CLEAR}", ids[0], ends=1)
    refused = run("choose", corpus, "--strategy", "random", "--size", "9", "--quota", f"no{CLEAR}=x:1-2", ends=1)
    assert visible(COLUMN) in refused  # among the columns that there are
    run("conflicts", corpus, "--column", COLUMN, ends=1)
    scores = tmp_path / f"scores{CLEAR}.csv"
    scores.write_text(
        f"subset,bench\x1b[31m mark,mmlu\nrun\x1b[31m{chr(0x202E)},46.5,1\nrun2\x07,x\x1b[31m,2\n", encoding="utf-8"
    )
    run("scores", str(scores))
    run("log", str(scores))
    run("ledger")
    run(f"no{CLEAR}", ends=2)
    shown = ("score\\u001b[31m", "note\\u001b[2J", "run2\\u0007", visible(f"Import of {scores.name}"))
    assert [text for text in shown if text not in run.printed] == []


def test_json_keeps_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    values = {CLEAR: [CLEAR, 1], "plain": "a\tb"}
    with visible_output():
        print(json.dumps(values, ensure_ascii=False))
    printed = capsys.readouterr().out
    assert json.loads(printed) == values and not FORBIDDEN.search(printed)


@pytest.mark.parametrize(
    "code", [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xDCFF]
)
def test_each_control_character_is_shown_and_all_else_stays(code: int) -> None:
    around = "a\tb\né → 中 \N{RIGHT-TO-LEFT MARK}שלום 🙂"
    shown = visible(f"{around}{chr(code)}{around}")
    if chr(code) in "\t\n":
        assert shown == f"{around}{chr(code)}{around}"
    else:
        assert shown == f"{around}\\u{code:04x}{around}"
        assert json.loads(f'"{visible(chr(code))}"') == chr(code)
    assert "\n" not in visible(around, one_line=True) and "\t" not in visible(around, one_line=True)


def test_a_log_shows_the_controls_of_its_messages_and_tracebacks(tmp_path: Path) -> None:
    with job_log(tmp_path / "log.txt") as log:
        log.warning("title %s", NAME)
        try:
            raise ValueError(CLEAR)
        except ValueError:
            log.exception("failed")
    text = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert not FORBIDDEN.search(text) and text.count("\\u001b[2J") == 2 and "Traceback" in text
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s", (CLEAR,), None)
    assert not FORBIDDEN.search(VisibleFormatter("%(message)s").format(record))


def test_a_terminal_gets_no_escape_but_the_one_that_clears_the_line_of_progress(tmp_path: Path) -> None:
    file = tmp_path / f"rows{CLEAR}.jsonl"
    file.write_bytes(records(3_000))
    script = (
        "import sys, time; from core.commands.terminal import Meter; from core.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "from core.control_characters import visible_output\n"
        "with visible_output():\n"
        f"    meter = Meter(); meter(1, 2, {CLEAR!r}); meter.end(); print({CLEAR!r})\n"
        f"    raise ValueError({CLEAR!r})"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "DIVERSCOPE_HOME": str(tmp_path / "workspace"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", script, "load", str(file), "--name", NAME]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=PROJECT_ROOT, env=environment)
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the terminal was left
            break
        if not part:
            break
        printed += part
    process.wait(timeout=60)
    os.close(ours)
    text = printed.decode("utf-8")
    assert "\r\x1b[K1 of 2 \\u001b[2J" in text
    assert "ValueError: \\u001b[2J" in text and "3,000 rows" in text
    assert not FORBIDDEN.search(text.replace("\r\n", "\n").replace("\r\x1b[K", ""))
