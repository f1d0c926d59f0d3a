"""The installed command is the module's own main, under its own name and with the one version."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint

import pytest

import core
from core.__main__ import main
from tests.packaging.installed import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_command_is_the_modules_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ((name, value),) = PROJECT["project"]["scripts"].items()
    assert EntryPoint(name, value, "console_scripts").load() is main
    for called, shown in ((f"bin/{name}", name), ("core/__main__.py", "python -m core")):
        monkeypatch.setattr("sys.argv", [called])
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: {shown} ")


def test_the_version_stands_in_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert "version" in PROJECT["project"]["dynamic"] and "version" not in PROJECT["project"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "core.__version__"}
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"Diverscope {core.__version__}\n"
