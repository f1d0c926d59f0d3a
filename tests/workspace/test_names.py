"""Names change under a version check, so nobody overwrites what they have not seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import InputError, WorkspaceError
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.names import Name, get_name, names, set_name


def test_a_name_is_given_changed_and_read(workspace: Workspace) -> None:
    assert get_name(workspace, "corpora", "c1") is None
    assert set_name(workspace, "corpora", "c1", "  Lima \n rows ", expected_version=0) == Name("Lima rows", 1)
    assert set_name(workspace, "corpora", "c1", "Lima", expected_version=1) == Name("Lima", 2)
    set_name(workspace, "corpora", "c2", "Dolly", expected_version=0)
    assert names(workspace, "corpora") == {"c1": Name("Lima", 2), "c2": Name("Dolly", 1)}
    assert names(workspace, "subsets") == {}


def test_a_change_that_did_not_see_the_last_one_is_refused(workspace: Workspace) -> None:
    set_name(workspace, "corpora", "c1", "Lima", expected_version=0)
    with pytest.raises(WorkspaceError, match="changed meanwhile, to 'Lima'") as caught:
        set_name(workspace, "corpora", "c1", "Mine", expected_version=0)
    assert "Reload" in caught.value.remedy
    with pytest.raises(WorkspaceError):
        set_name(workspace, "corpora", "c2", "Mine", expected_version=3)
    assert names(workspace, "corpora") == {"c1": Name("Lima", 1)}


def test_of_many_at_once_exactly_one_wins_and_none_of_other_keys_is_lost(workspace: Workspace) -> None:
    def rename(number: int) -> bool:
        set_name(workspace, "corpora", f"other-{number}", f"Other {number}", expected_version=0)
        try:
            set_name(workspace, "corpora", "c1", f"Name {number}", expected_version=0)
        except WorkspaceError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(rename, range(16))) == 1
    assert len(names(workspace, "corpora")) == 17


@pytest.mark.parametrize("text", ["", "   ", "x" * 301, "bell\a"])
def test_what_is_no_name_is_refused(workspace: Workspace, text: str) -> None:
    with pytest.raises(InputError):
        set_name(workspace, "corpora", "c1", text, expected_version=0)


def test_names_of_a_newer_version_are_refused(workspace: Workspace) -> None:
    atomic.write_json(workspace.home / "names" / "corpora.json", {"format": 99, "names": {}})
    with pytest.raises(WorkspaceError, match="newer Diverscope"):
        names(workspace, "corpora")
