"""The Judge page makes a set of the most informative prompts and turns to it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core import settings
from core.judging.prompt_set import Prompt, keep_prompts, list_prompts
from pages.parts.frame import session_keys


def test_a_table_of_difficulties_makes_a_set_of_its_own(workspace, no_worker, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("core.settings.LOCAL_ADDRESSES", ("127.0.0.1", "localhost", ""))  # AppTest binds nothing
    prompts = keep_prompts(workspace, [Prompt.of(f"Question {n}?") for n in range(6)], name="exam")
    path = tmp_path / "items.csv"
    path.write_text("prompt,difficulty\n" + "".join(f"Question {n}?,{n - 3}\n" for n in range(6)))
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "judge.py"), default_timeout=60)
    page.session_state[session_keys.SEEN.name] = True
    page.run()
    page.number_input(key=f"judge.informative.{prompts.key}").set_value(2)
    page.text_input(key="judge.items.path").set_value(str(path)).run()
    page.button(key="judge-informative-press").click().run()
    assert not page.exception and not page.error
    made = next(kept for kept in list_prompts(workspace) if kept.key != prompts.key)
    assert len(made) == 2 and "Question 3?" in [prompt.text for prompt in made.prompts]
    assert any("Standard error of an ability" in line.value for line in page.success)
