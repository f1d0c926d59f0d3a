"""One question to an endpoint that behaves in every way endpoints do."""

from __future__ import annotations

import email.utils
import json
import socket
import threading
import time
from typing import Any

import pytest

from core.endpoint.client import Endpoint, Gate, Sampling, Unanswered, allowed_endpoint
from core.endpoint.service import ANSWERS, JUDGE, TAGGER
from core.errors import Cancelled, InputError, NetworkError
from tests.endpoint.stand_in import KEY, Behaviour, endpoint, ok

ASK = [{"role": "user", "content": "[BEGIN TEXT]\nhello\n[END TEXT]\n"}]
FINE = ok(["greeting"])


def quick(url: str, **changes: Any) -> Endpoint:
    return Endpoint(url=url, **{"timeout": 5.0, "pause": 0.01, **changes})


def first(*told: Any) -> Behaviour:
    """These answers one after the other, then a good one."""
    return lambda number, body: told[number] if number < len(told) else FINE


@pytest.mark.parametrize(
    "trouble",
    [(500, {}, b"oops"), (503, {}, b""), (429, {}, b"slow down"), "drop", "half", (200, {}, b"not json"),
     (200, {}, b'{"choices": []}'), (200, {}, b"[]")],
    ids=["500", "503", "429", "drop", "half", "no-json", "no-choice", "list"],
)  # fmt: skip
def test_what_passes_is_asked_again(trouble: Any) -> None:
    with endpoint(first(trouble, trouble)) as (url, seen):
        reply = quick(url).ask("m", ASK)
    assert "greeting" in reply.text and (reply.prompt_tokens, reply.completion_tokens) == (100, 20)
    assert len(seen.bodies) == 3
    assert seen.bodies[0]["model"] == "m" and seen.bodies[0]["temperature"] == 0


def test_what_does_not_pass_ends_as_an_outage() -> None:
    failing = endpoint(lambda number, body: (500, {}, b"kaputt"))
    with failing as (url, seen), pytest.raises(Unanswered, match="kaputt") as caught:
        quick(url, attempts=3).ask("m", ASK)
    assert caught.value.outage and len(seen.bodies) == 3


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured_by_every_thread(as_date: bool) -> None:
    wait = "1"

    def behave(number: int, body: dict[str, Any]) -> Any:
        later = email.utils.formatdate(time.time() + 2, usegmt=True) if as_date else wait
        return (429, {"Retry-After": later}, b"") if number == 0 else FINE

    gate = Gate()
    with endpoint(behave) as (url, seen):
        quick(url).ask("m", ASK, gate=gate)
        quick(url).ask("m", ASK, gate=gate)
    assert seen.times[1] - seen.times[0] >= 0.9


def test_a_slow_endpoint_is_given_up_after_the_timeout() -> None:
    with endpoint(lambda number, body: ("slow", 1.0, FINE)) as (url, _), pytest.raises(Unanswered, match="too long"):
        quick(url, timeout=0.2, attempts=1).ask("m", ASK)


def test_an_endpoint_that_drips_does_not_hold_a_thread() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass

    threading.Thread(target=drip, daemon=True).start()
    with pytest.raises(Unanswered, match="too long"):
        quick(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.4, attempts=1).ask("m", ASK)
    listener.close()


def test_a_wrong_key_is_said_once_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(key=KEY) as (url, seen):
        with pytest.raises(NetworkError, match="without a key") as bare:
            quick(url).ask("m", ASK)
        monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", "wrong-key")
        with pytest.raises(NetworkError, match="the key in DIVERSCOPE_TAGGER_KEY") as wrong:
            quick(url).ask("m", ASK)
        monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", KEY)
        assert "greeting" not in quick(url).ask("m", ASK).text  # the stand-in tags with the words of the text
    assert len(seen.bodies) == 3 and seen.keys[-1] == f"Bearer {KEY}"
    assert "wrong-key" not in str(wrong.value) and "environment" in bare.value.remedy


def test_a_refusal_that_repeats_the_key_is_blanked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", "sk-secret")
    refusing = endpoint(lambda number, body: (400, {}, b"your key sk-secret is fine, your text is not"))
    with refusing as (url, _), pytest.raises(Unanswered) as caught:
        quick(url).ask("m", ASK)
    assert "sk-secret" not in str(caught.value) and not caught.value.outage


def test_what_no_repeating_mends_stops_everything() -> None:
    with endpoint() as (url, seen):
        with pytest.raises(NetworkError, match="404"):
            quick(url.replace("/v1", "/v2")).ask("m", ASK)
        assert len(seen.bodies) == 1
    with endpoint(lambda number, body: (429, {}, b'{"error": {"code": "insufficient_quota"}}')) as (url, seen):
        with pytest.raises(NetworkError, match="quota"):
            quick(url).ask("m", ASK)
        assert len(seen.bodies) == 1


def test_a_redirect_is_not_followed_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", KEY)
    with (
        endpoint() as (other, seen),
        endpoint(lambda n, b: (307, {"Location": f"{other}/chat/completions"}, b"")) as (
            url,
            _,
        ),
    ):
        with pytest.raises(NetworkError, match="redirects to another"):
            quick(url).ask("m", ASK)
        assert not seen.bodies


def test_nobody_listening_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unanswered, match="nobody listens"):
        quick(f"http://127.0.0.1:{port}", attempts=2).ask("m", ASK)


def test_a_closed_gate_ends_the_waiting() -> None:
    gate = Gate()
    gate.hold(60)
    threading.Timer(0.1, gate.stop.set).start()
    with pytest.raises(Cancelled):
        quick("http://127.0.0.1:9").ask("m", ASK, gate=gate)


@pytest.mark.parametrize("url", ["", "host/v1", "ftp://host", "file:///etc/passwd", "http://user:pw@host/v1",
                                 "https://host/v1?api_key=1"])  # fmt: skip
def test_an_address_that_is_none_or_holds_a_key_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        Endpoint(url=url)


def test_the_general_key_goes_to_its_own_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-general")
    assert TAGGER.key(Endpoint(url="https://api.openai.com/v1").host) == "sk-general"
    assert TAGGER.key(Endpoint(url="https://elsewhere.example/v1").host) == ""
    assert TAGGER.key(Endpoint(url="https://api.openai.com.evil.example/v1").host) == ""


def test_each_service_has_a_key_and_a_pinned_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_JUDGE_KEY", KEY)
    monkeypatch.setenv("DIVERSCOPE_JUDGE_URL", "http://10.0.0.1/v1")
    with endpoint() as (url, seen):
        quick(url).ask("m", ASK)
        quick(url, service=JUDGE).ask("m", ASK)
    assert seen.keys == [None, f"Bearer {KEY}"]
    assert allowed_endpoint("http://10.0.0.2/v1").host == "10.0.0.2"
    with pytest.raises(InputError, match="DIVERSCOPE_JUDGE_URL"):
        allowed_endpoint("http://10.0.0.2/v1", service=JUDGE)


def test_the_wanted_sampling_is_sent_and_a_cut_reply_is_known() -> None:
    body = b'{"choices": [{"message": {"content": "a reply with %s in it"}, "finish_reason": "length"}]}' % KEY.encode()
    with endpoint(lambda number, asked: (200, {}, body)) as (url, seen):
        reply = quick(url).ask("m", ASK, sampling=Sampling(temperature=0.7, max_tokens=9, seed=3))
    assert reply.cut and reply.text == f"a reply with {KEY} in it"
    assert {name: seen.bodies[0][name] for name in ("temperature", "max_tokens", "seed")} == {
        "temperature": 0.7, "max_tokens": 9, "seed": 3,
    }  # fmt: skip
    with pytest.raises(InputError, match="temperature"):
        Sampling(temperature=3)


def test_a_reply_that_repeats_the_key_is_kept_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_ANSWERS_KEY", KEY)
    with endpoint(lambda number, asked: ok(content=f"Your key is {KEY}.")) as (url, _):
        assert quick(url, service=ANSWERS).ask("m", ASK).text == "Your key is …."


def test_a_server_open_to_others_asks_the_pinned_endpoint_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert allowed_endpoint("http://10.0.0.1/v1").host == "10.0.0.1"
    with pytest.raises(InputError, match="may not ask"):
        allowed_endpoint("http://10.0.0.1/v1", address="0.0.0.0")
    monkeypatch.setenv("DIVERSCOPE_TAGGER_URL", "http://10.0.0.1/v1")
    assert allowed_endpoint("http://10.0.0.1/v1", address="0.0.0.0").address == "http://10.0.0.1/v1/chat/completions"
    with pytest.raises(InputError, match="may not ask"):
        allowed_endpoint("http://10.0.0.2/v1")


def test_half_surrogates_of_a_reply_become_question_marks() -> None:
    body = rb'{"choices": [{"message": {"content": "half \ud83d of it"}}]}'
    with endpoint(lambda number, asked: (200, {}, body)) as (url, _):
        assert quick(url).ask("m", ASK).text == "half ? of it"


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ({"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": 0}]}, (-0.5, 0.0)),
        (None, ()),
        ({"content": [{"token": "a"}]}, ()),
        ({"content": [{"token": "a", "logprob": 3.5}]}, ()),
        ({"content": "words"}, ()),
    ],
)
def test_log_probabilities_are_asked_for_and_taken_where_they_can_be_some(told: Any, given: tuple[float, ...]) -> None:
    choice = {"message": {"content": "a b"}, "finish_reason": "stop", "logprobs": told}
    with endpoint(lambda number, asked: (200, {}, json.dumps({"choices": [choice]}).encode())) as (url, seen):
        reply = quick(url).ask("m", ASK, sampling=Sampling(log_probabilities=True))
        quick(url).ask("m", ASK)
    assert reply.log_probabilities == given and reply.finish == "stop" and not reply.cut
    assert seen.bodies[0]["logprobs"] is True and "logprobs" not in seen.bodies[1]
