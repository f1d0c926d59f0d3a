"""Ratings behind an endpoint: read from the log-probabilities over a real socket, kept, and asked for once."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.__main__ import main
from core.corpus.store import Corpus
from core.endpoint.client import Endpoint, Reply
from core.errors import InputError, NetworkError
from core.features.self_rating.asked import ask_ratings, questions_about, rating_cost, ratings_in
from core.features.self_rating.levels import sentence_level, token_level
from core.progress import silent
from core.workbench.tasks.self_rating import rate
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.endpoint.stand_in import endpoint, without_own_keys

ROWS = 6


def chances_of(text: str) -> dict[str, float]:
    """The ratings of the stand-in: of long responses high, and surer the more words there are."""
    words = len(text.rsplit("### Response:", 1)[1].split())
    best, sure = 1 + words % 5, 0.5 + 0.4 * min(words, 30) / 30
    rest = (0.95 - sure) / 4
    return {str(rating): sure if rating == best else rest for rating in range(1, 6)}


def reply_of(chances: dict[str, float], *, before: tuple[str, ...] = ("\n",)) -> tuple[int, dict, bytes]:
    places: list[Any] = [{"token": text, "logprob": -0.1, "top_logprobs": [{"token": text, "logprob": -0.1}]}
                         for text in before]  # fmt: skip
    listed = [{"token": f" {token}", "logprob": log(value)} for token, value in chances.items()]
    listed.append({"token": "The", "logprob": log(0.05)})
    best = max(chances, key=chances.__getitem__)
    places.append({"token": best, "logprob": log(chances[best]), "top_logprobs": listed})
    body = {"choices": [{"message": {"content": best}, "logprobs": {"content": places}}]}
    return 200, {}, json.dumps(body).encode()


def rating(number: int, body: dict[str, Any]) -> Any:
    assert body["logprobs"] is True and body["top_logprobs"] == 20 and body["temperature"] == 0
    return reply_of(chances_of(body["messages"][-1]["content"]))


@pytest.fixture(autouse=True)
def own_keys_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path / "home", records(ROWS))


def expected(corpus: Corpus, questions: int) -> np.ndarray:
    texts = questions_about(corpus.text("instruction"), corpus.text("response"), questions=questions)
    chances = np.array([[list(chances_of(text).values()) for text in row] for row in texts])
    return chances / chances.sum(axis=2, keepdims=True)


def test_a_column_holds_what_the_endpoints_probabilities_give(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    with endpoint(rating) as (url, seen):
        request = {"corpus": corpus.id, "models": ["m"], "url": url, "what": ["sentence", "token"], "questions": 3}
        result = rate(workspace, request, silent)
        assert len(seen.bodies) == ROWS * 3
        rate(workspace, request, silent)
        assert len(seen.bodies) == ROWS * 3  # every answer is kept
    given = expected(corpus, 3)
    assert set(result["columns"].values()) == {"selectit@m", "selectit_token@m"}
    np.testing.assert_allclose(corpus.column("selectit@m"), sentence_level(token_level(given)), rtol=1e-6)
    np.testing.assert_allclose(corpus.column("selectit_token@m"), token_level(given).mean(axis=1), rtol=1e-6)
    assert (result["failed"], result["notice"]) == (0, "")


def test_several_models_are_joined_by_their_sizes(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made

    def by_model(number: int, body: dict[str, Any]) -> Any:
        sure = {"small": 0.5, "large": 0.9}[body["model"]]
        return reply_of({"4": sure, "1": 0.95 - sure}, before=())

    with endpoint(by_model) as (url, _):
        request = {"corpus": corpus.id, "models": ["small", "large"], "sizes": [1, 3], "url": url, "questions": 1}
        result = rate(workspace, request, silent)
    column = corpus.column(result["columns"]["model level"])
    small, large = corpus.column("selectit@small"), corpus.column("selectit@large")
    np.testing.assert_allclose(column, (small + 3 * large) / 4)


def test_questions_without_a_rating_leave_their_rows_without_a_value(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    first = questions_about(corpus.text("instruction"), corpus.text("response"), questions=1)[0][0]

    def torn(number: int, body: dict[str, Any]) -> Any:
        text = body["messages"][-1]["content"]
        return reply_of({"Well": 0.9}) if text == first else rating(number, body)

    with endpoint(torn) as (url, _):
        result = rate(workspace, {"corpus": corpus.id, "models": ["m"], "url": url, "questions": 1}, silent)
    assert result["failed"] == 1
    assert np.isnan(corpus.column("selectit@m")).tolist() == [True, *[False] * (ROWS - 1)]


def test_an_endpoint_without_log_probabilities_is_told_of(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path / "home", records(30))
    plain = 200, {}, b'{"choices": [{"message": {"content": "4"}}]}'
    texts = questions_about(corpus.text("instruction"), corpus.text("response"), questions=1)
    with endpoint(lambda number, body: plain) as (url, _), pytest.raises(NetworkError) as refused:
        ask_ratings(workspace, texts, endpoint=Endpoint(url=url), model="m")
    assert "log-probabilities" in f"{refused.value.what} {refused.value.remedy}"


def test_the_rating_is_read_where_the_model_writes_one() -> None:
    places = ((("Rating", -0.1), ("4", -3.0)), (("4", log(0.6)), (" 5", log(0.2)), ("5", log(0.1)), ("x", log(0.1))))
    found = ratings_in(Reply("4", None, None, 0.0, alternatives=places))
    assert found == pytest.approx((0, 0, 0, 0.6 / 0.9, 0.3 / 0.9, 0.9))
    assert ratings_in(Reply("no", None, None, 0.0, alternatives=((("no", -0.1), ("3", -9.0)),))) == ()


def test_the_cost_counts_what_is_still_to_ask(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    texts = questions_about(corpus.text("instruction"), corpus.text("response"), questions=2)
    before = rating_cost(workspace, texts, "m")
    assert (before.calls, before.kept) == (ROWS * 2, 0) and before.prompt_tokens > ROWS * 2 * 50
    with endpoint(rating) as (url, _):
        ask_ratings(workspace, texts, endpoint=Endpoint(url=url), model="m")
    after = rating_cost(workspace, texts, "m")
    assert (after.calls, after.kept, after.prompt_tokens) == (0, ROWS * 2, 0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"models": []}, "No model"), ({"what": ["soul"]}, "no level"), ({"sizes": [1, 2]}, "as many sizes"),
     ({"questions": 9}, "1 to 5 questions"), ({"alpha": -1}, "between 0 and 100")],
)  # fmt: skip
def test_a_request_that_cannot_be_carried_out_says_why(made: Any, wrong: dict[str, Any], said: str) -> None:
    workspace, corpus = made
    with pytest.raises(InputError, match=said):
        rate(workspace, {"corpus": corpus.id, "models": ["m"], "url": "http://127.0.0.1:1/v1", **wrong}, silent)


def test_the_command_says_the_cost_first_and_prints_the_columns(
    made: tuple[Workspace, Corpus], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    with endpoint(rating) as (url, seen):
        words = ["self-rating", corpus.id, "--model", "m", "--url", url, "--questions", "2"]
        assert main([*words, "--cost"]) == 0
        assert not seen.bodies
        assert main([*words, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "12 questions to ask" in said and "selectit@m" in said
