"""Numbers on the command line: one that is none, or has no end, is refused by every option before work begins."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from core.__main__ import parser
from core.commands.inspecting import _numbers
from core.errors import InputError


def commands(made: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, argparse.Action]]:
    """Every option of every command that takes a float, with the command's words."""
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below, (*path, name))
        elif action.type is float and action.option_strings:
            yield " ".join(path), action


OPTIONS = list(commands(parser()))


@pytest.mark.parametrize("word", ["nan", "inf", "1e999", "one"])
@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=[f"{name} {at.option_strings[0]}" for name, at in OPTIONS])
def test_what_is_no_finite_number_is_refused(
    command: str, option: argparse.Action, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        values = option.nargs if isinstance(option.nargs, int) else 1
        parser().parse_args([*command.split(), option.option_strings[0], *[word] * values])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "is not a number" in said and option.option_strings[0] in said


def test_a_finite_number_is_taken() -> None:
    assert parser().parse_args(["balance", "corpus", "--sharpness=-2.5e1"]).sharpness == -25.0


@pytest.mark.parametrize("at", ["nan", "0,inf", "1e999"])
def test_a_list_of_numbers_has_finite_ones(at: str) -> None:
    with pytest.raises(InputError, match="not a list of numbers"):
        _numbers(at)
