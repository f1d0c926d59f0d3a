"""What outlives a long collection is not walked over again, and dies all the same when its time has come."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from pages.parts.frame.long_lived import SetAside
from tests.browser.conftest import ROOT


class Knot:
    """An object in a cycle with itself, which only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def thawed() -> Iterator[None]:
    before = list(gc.callbacks)
    yield
    gc.callbacks[:] = before
    gc.unfreeze()
    gc.collect()


def test_what_outlives_a_long_collection_is_set_aside_until_it_is_looked_through_again(thawed: None) -> None:
    lives = [Knot() for _ in range(1000)]
    watched = weakref.ref(lives[0])
    gc.callbacks.append(SetAside(long=0.0, look_again=3600))
    gc.collect()
    assert gc.get_freeze_count() > 1000
    lives.clear()
    gc.collect()
    assert watched() is not None  # it is set aside, so the collection does not see it
    gc.callbacks[-1] = SetAside(long=3600, look_again=-1.0)
    gc.collect()
    assert watched() is None
    assert gc.get_freeze_count() == 0


def test_a_short_collection_sets_nothing_aside(thawed: None) -> None:
    gc.callbacks.append(SetAside(long=3600))
    gc.collect()
    assert gc.get_freeze_count() == 0


def test_the_server_watches_its_collections_once() -> None:
    script = (
        "import gc\nimport app, pages.parts.frame.long_lived as long_lived\nlong_lived.set_aside_long_lived()\n"
        "print(sum(isinstance(callback, long_lived.SetAside) for callback in gc.callbacks))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "1"
