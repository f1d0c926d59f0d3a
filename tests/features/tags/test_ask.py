"""Many texts: in parallel, journalled, resumed, stopped early."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.endpoint.client import Endpoint
from core.errors import Cancelled, InputError, NetworkError
from core.features.tags.answers import Journal, Models, TagAnswer
from core.features.tags.ask import ask_all
from core.features.tags.estimate import estimate
from tests.endpoint.stand_in import KEY, endpoint, ok, text_of, words_of

TEXTS = [f"alpha word{number}" for number in range(30)]


def models(url: str, **changes: Any) -> Models:
    return Models(endpoint=Endpoint(url=url, timeout=5.0, pause=0.01, attempts=4), model="m", **changes)


def tags_of(answers: dict[int, TagAnswer]) -> dict[int, list[str]]:
    return {place: [tag for tag, _ in answer.tags] for place, answer in answers.items()}


EXPECTED = {place: text.split() for place, text in enumerate(TEXTS)}


def test_every_text_is_asked_once_whatever_the_endpoint_does(tmp_path: Path) -> None:
    def moody(number: int, body: dict[str, Any]) -> Any:
        told = {3: (500, {}, b""), 5: "drop", 8: (429, {"Retry-After": "0"}, b""), 11: (200, {}, b"<html>"), 13: "half"}
        return told.get(number) or ("slow", 0.01, words_of(number, body))

    with endpoint(moody) as (url, seen):
        result = ask_all(TEXTS, "response", models(url), journal=Journal(tmp_path / "j"), concurrency=5)
    assert tags_of(result) == EXPECTED
    assert len(seen.bodies) == len(TEXTS) + 5 and 2 <= seen.most_at_once <= 5


def test_a_reply_that_cannot_be_read_is_asked_once_more_then_listed(tmp_path: Path) -> None:
    def mumbling(number: int, body: dict[str, Any]) -> Any:
        return ok(content="I would rather talk.") if "word7" in text_of(body) else words_of(number, body)

    with endpoint(mumbling) as (url, seen):
        result = ask_all(TEXTS, "response", models(url), journal=Journal(tmp_path / "j"))
    assert result[7].failed and result[7].stage == "tag" and result[7].snippet == "I would rather talk."
    assert [answer for answer in result.values() if answer.failed] == [result[7]]
    assert len(seen.bodies) == len(TEXTS) + 1


def test_a_second_model_confirms_each_tag(tmp_path: Path) -> None:
    def two(number: int, body: dict[str, Any]) -> Any:
        if body["model"] == "checker":
            return ok(content="no idea" if "word4" in text_of(body) else '["alpha"]')
        return words_of(number, body)

    with endpoint(two) as (url, _):
        result = ask_all(TEXTS[:6], "response", models(url, check_model="checker"), journal=Journal(tmp_path / "j"))
    assert tags_of(result)[0] == ["alpha"] and result[0].refused == ("word0",)
    assert result[4].failed and result[4].stage == "check" and not result[4].tags


def test_a_cancelled_run_goes_on_from_what_was_answered(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "j")

    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 10:
            raise Cancelled

    with endpoint() as (url, seen):
        with pytest.raises(Cancelled):
            ask_all(TEXTS, "response", models(url), journal=journal, concurrency=2, progress=stop)
        time.sleep(0.2)  # what was under way arrives at the endpoint
        before, kept = len(seen.bodies), journal.read()
        assert 10 <= len(kept) < len(TEXTS)
        with open(tmp_path / "deep" / "j", "ab") as file:
            file.write(b'\n{"text": 29, "tags": [["al')  # a line that a kill cut short
        result = ask_all(TEXTS, "response", models(url), journal=journal, concurrency=2)
        assert len(seen.bodies) - before == len(TEXTS) - len(kept)
    assert tags_of(result) == EXPECTED == tags_of(journal.read())


def test_an_endpoint_that_goes_down_stops_the_run_and_loses_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    down = True

    def behave(number: int, body: dict[str, Any]) -> Any:
        return "drop" if down and number >= 12 else words_of(number, body)

    with endpoint(behave) as (url, _):
        with pytest.raises(NetworkError, match="stopped answering") as caught:
            ask_all(TEXTS, "response", models(url), journal=journal, concurrency=2)
        assert "kept" in caught.value.remedy
        kept = journal.read()
        assert len(kept) == 12 and not any(answer.failed for answer in kept.values())
        down = False
        result = ask_all(TEXTS, "response", models(url), journal=journal, concurrency=2)
    assert tags_of(result) == EXPECTED


def test_a_wrong_key_or_address_costs_one_request(tmp_path: Path) -> None:
    with endpoint(key=KEY) as (url, seen):
        with pytest.raises(NetworkError, match="refuses"):
            ask_all(TEXTS, "response", models(url), journal=Journal(tmp_path / "j"))
        assert len(seen.bodies) == 1
    with pytest.raises(NetworkError, match="does not answer"):
        ask_all(TEXTS, "response", models(url), journal=Journal(tmp_path / "j"))
    assert Journal(tmp_path / "j").read() == {}


def test_a_model_that_never_answers_in_form_is_stopped_early(tmp_path: Path) -> None:
    many = [f"text {number}" for number in range(200)]
    for told in ((400, {}, b"unknown model"), ok(content="hm")):
        with endpoint(lambda number, body, told=told: told) as (url, seen):
            with pytest.raises(NetworkError, match="Every one of the first"):
                ask_all(many, "response", models(url), journal=Journal(tmp_path / str(told[0])), concurrency=2)
            assert len(seen.bodies) < 50


def test_a_single_text_that_the_endpoint_cannot_serve_ends_as_a_failure(tmp_path: Path) -> None:
    def behave(number: int, body: dict[str, Any]) -> Any:
        return (500, {}, b"crash") if "word20" in text_of(body) else words_of(number, body)

    with endpoint(behave) as (url, _):
        result = ask_all(TEXTS, "response", models(url), journal=Journal(tmp_path / "j"), concurrency=2)
    assert [place for place, answer in result.items() if answer.failed] == [20] and "crash" in result[20].failed


def test_no_key_reaches_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", KEY)
    with endpoint(key=KEY) as (url, _):
        ask_all(TEXTS[:3], "response", models(url), journal=Journal(tmp_path / "j"))
    assert KEY.encode() not in (tmp_path / "j").read_bytes()


def test_as_many_questions_as_no_endpoint_takes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at once"):
        ask_all(TEXTS, "response", models("http://127.0.0.1:9"), journal=Journal(tmp_path / "j"), concurrency=1000)


def test_the_estimate_extrapolates_what_the_endpoint_counted() -> None:
    with endpoint() as (url, seen):
        result = estimate(TEXTS, "response", models(url), sample=6)
    assert len(seen.bodies) == 6 and result.places == (0, 5, 10, 15, 20, 25) and result.counted
    assert result.prompt_tokens == 3000 and result.completion_tokens == 600
    assert result.cost(price_in=2.0, price_out=10.0) == pytest.approx(0.012)
    assert result.seconds(2) == pytest.approx(result.seconds(1) / 2)
    with endpoint(lambda number, body: ok(["a"], usage=False)) as (url, _):
        rough = estimate(TEXTS, "response", models(url), sample=2)
    assert not rough.counted and rough.prompt_tokens > 0


def test_the_estimate_says_when_nothing_is_there() -> None:
    with endpoint(key=KEY) as (url, _), pytest.raises(NetworkError, match="refuses"):
        estimate(TEXTS, "response", models(url))
    with pytest.raises(NetworkError, match="nobody listens"):
        estimate(TEXTS, "response", models(url))


def test_an_answer_survives_the_journal(tmp_path: Path) -> None:
    answer = TagAnswer(text=3, tags=(("a", "b"),), refused=("c",), prompt_tokens=1, seconds=0.5)
    journal = Journal(tmp_path / "j")
    journal.write([answer, replace(answer, text=1)])
    assert journal.read() == {1: replace(answer, text=1), 3: answer}
    assert json.loads((tmp_path / "j").read_text().split("\n")[0])["text"] == 1
