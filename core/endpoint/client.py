"""Asks an OpenAI-compatible endpoint one question, and again where that can help; explains every other failure."""

from __future__ import annotations

import email.utils
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from core import settings
from core.endpoint.service import TAGGER, Service, without_keys
from core.errors import Cancelled, InputError, NetworkError, quoted

AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
HASTY_ATTEMPTS = 3
LONGEST_WAIT = 120.0  # seconds; a longer Retry-After is cut to this
LARGEST = 4 << 20  # bytes of a reply
SNIPPET = 200  # characters of a refusal that a message shows
SECRETS = ("key", "token", "secret", "password", "signature", "sig")


class Unanswered(NetworkError):
    """A single question got no usable answer; ``outage`` is True when the endpoint is to blame, not the question."""

    def __init__(self, what: str, *, outage: bool) -> None:
        super().__init__(what)
        self.outage = outage


@dataclass(frozen=True)
class Reply:
    """An endpoint's reply: the text, the tokens it cost (None where the endpoint does not say), and its seconds.

    ``cut`` is True where the endpoint says that the reply reached its limit of tokens; ``finish`` is the reason that it
    gives for the end. ``log_probabilities`` are those of the reply's tokens, natural logarithms; empty where they were
    not asked for, or the endpoint does not give them. ``alternatives`` are, for each token, the likeliest tokens of
    its place with theirs, where they were asked for.
    """

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    cut: bool = False
    finish: str = ""
    log_probabilities: tuple[float, ...] = ()
    alternatives: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the model writes.

    ``temperature`` 0 takes the likeliest token; a higher one varies more. ``max_tokens`` is the longest reply: a larger
    one costs more and cuts fewer replies. ``seed`` is sent where it is given. ``log_probabilities`` asks for those of
    the reply's tokens; ``alternatives`` for so many of the likeliest tokens of each place. Some models refuse
    a request that does.
    """

    temperature: float = 0.0
    max_tokens: int = 1024
    seed: int | None = None
    log_probabilities: bool = False
    alternatives: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 2:
            raise InputError(f"The temperature is between 0 and 2, not {self.temperature}.")
        if not 1 <= self.max_tokens <= 131_072:
            raise InputError(f"A reply has between 1 and 131,072 tokens, not {self.max_tokens:,}.")

    def fields(self) -> dict[str, float | int]:
        """The fields of a request."""
        given: dict[str, float | int] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        if float(self.temperature).is_integer():
            given["temperature"] = int(self.temperature)
        if self.log_probabilities:
            given["logprobs"] = True
        if self.alternatives:
            given |= {"logprobs": True, "top_logprobs": self.alternatives}
        return given if self.seed is None else {**given, "seed": self.seed}


DEFAULT = Sampling()


@dataclass
class Gate:
    """The moment before which no thread may ask: a Retry-After that one thread receives holds for all of them."""

    stop: threading.Event = field(default_factory=threading.Event)
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, seconds: float) -> None:
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    def pass_through(self) -> None:
        """Wait until that moment. Raises :class:`Cancelled` when the work is stopped meanwhile."""
        while (left := self._until - time.monotonic()) > 0:
            self.rest(left)
        if self.stop.is_set():
            raise Cancelled

    def rest(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Cancelled


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where questions are asked, and how patiently.

    ``url`` is the base ("https://host/v1") or the full path of chat/completions. ``timeout`` is in seconds for one
    answer; ``attempts`` is the most times that a question is asked; ``pause`` is in seconds before the second attempt,
    doubled before each further one. ``service`` says which key of the environment is sent.
    """

    url: str
    service: Service = TAGGER
    timeout: float = 90.0
    attempts: int = 6
    pause: float = 1.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(
                f"{quoted(self.url)} is not the address of an endpoint.",
                remedy="It begins with http:// or https://, for instance http://127.0.0.1:8000/v1.",
            )
        named = [name for name, _ in parse_qsl(parts.query) if any(word in name.lower() for word in SECRETS)]
        if parts.username or parts.password or named:
            raise InputError(
                "The address holds a key or a password; it would be kept with the job.",
                remedy=f"Put the key in the environment as {self.service.key_name} and leave it out of the address.",
            )

    @property
    def address(self) -> str:
        parts = urlsplit(self.url.strip())
        path = parts.path.rstrip("/")
        path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))

    @property
    def host(self) -> str:
        return urlsplit(self.url.strip()).netloc

    def hasty(self) -> Endpoint:
        """The same, asked at most :data:`HASTY_ATTEMPTS` times: for the first question, which shows if it answers."""
        return replace(self, attempts=min(HASTY_ATTEMPTS, self.attempts))

    def ask(
        self,
        model: str,
        messages: list[dict[str, str]],
        *,
        gate: Gate | None = None,
        sampling: Sampling = DEFAULT,
    ) -> Reply:
        """Ask one question and return the model's reply.

        Raises :class:`Unanswered` when this question failed in every attempt, :class:`NetworkError` when every question
        would fail (wrong key, wrong path, no quota left), :class:`Cancelled` when the work is stopped.
        """
        gate = gate or Gate()
        body = json.dumps({"model": model, "messages": messages, **sampling.fields()}).encode()
        trouble = ""
        for attempt in range(self.attempts):
            if attempt:
                gate.rest(min(self.pause * 2 ** (attempt - 1), LONGEST_WAIT))
            gate.pass_through()
            started = time.monotonic()
            try:
                status, headers, data = self._post(body)
            except (OSError, http.client.HTTPException) as error:
                trouble = _spoken(error)
                continue
            if status == 200:
                content = _content(data)
                if content is not None:
                    alternatives = _alternatives(data) if sampling.alternatives else ()
                    return replace(content, seconds=time.monotonic() - started, alternatives=alternatives)
                trouble = f"the answer is not a chat completion: {_snippet(data)}"
                continue
            self._refuse_for_good(status, model, data)
            trouble = f"status {status}: {_snippet(data)}"
            if status not in AGAIN:
                raise Unanswered(trouble, outage=False)
            if (wait := _retry_after(headers)) is not None:
                gate.hold(min(wait, LONGEST_WAIT))
        raise Unanswered(f"no answer in {self.attempts} attempts ({trouble})", outage=True)

    def _post(self, body: bytes) -> tuple[int, Message, bytes]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "diverscope"}
        if key := self.service.key(self.host):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.address, body, headers)  # noqa: S310 - http(s) only, see __post_init__
        deadline = time.monotonic() + self.timeout
        try:
            with _opener(urlsplit(self.address).hostname or "").open(request, timeout=self.timeout) as answer:
                return answer.status, answer.headers, _read(answer, deadline)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, _read(error, deadline)
        except ValueError as error:  # for example a key with a line break
            raise InputError(
                "The request cannot be sent: the key or the address holds a character that headers must not contain."
            ) from error

    def _refuse_for_good(self, status: int, model: str, data: bytes) -> None:
        if status in (401, 403):
            known = self.service.set_key
            what = f"the key in {known}" if known and self.service.key(self.host) else "a request without a key"
            raise NetworkError(
                f"{self.host} refuses {what} (status {status}).",
                remedy=f"Put the right key in the environment as {self.service.key_name} and start the app again; "
                "nothing that was answered is lost.",
            )
        if status == 404:
            raise NetworkError(
                f"{self.host} has no model {quoted(model)} at {urlsplit(self.address).path} (status 404).",
                remedy="Check the model's name and the address; it usually ends in /v1.",
            )
        if 300 <= status < 400:
            raise NetworkError(
                f"{self.host} redirects to another address (status {status}).", remedy="Give that address."
            )
        if status == 402 or (status == 429 and b"insufficient_quota" in data):
            raise NetworkError(
                f"The account at {self.host} has no quota left.",
                remedy="Raise it and resume; what was answered is kept.",
            )


def allowed_endpoint(url: str, *, address: str = "127.0.0.1", service: Service = TAGGER) -> Endpoint:
    """The endpoint at ``url``, if a user of the page may name it. Raises :class:`InputError` otherwise.

    Where the server listens to other machines, only the host that the environment pins for the service may be asked:
    otherwise anyone who reaches the page could have the key sent to any host.
    """
    endpoint = Endpoint(url=url, service=service)
    if service.pinned and endpoint.host == urlsplit(service.pinned).netloc:
        return endpoint
    if address in settings.LOCAL_ADDRESSES and not service.pinned:
        return endpoint
    raise InputError(
        f"This server may not ask {endpoint.host}.",
        remedy=f"Its operator sets the only endpoint that it may ask in {service.pinned_name}.",
    )


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, because the key is meant for the named host only."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener(host: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_Straight()]
    if host in settings.LOCAL_ADDRESSES:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _read(answer: Any, deadline: float) -> bytes:
    """The body, limited in size and time: an endpoint that sends very slowly must not block a thread for ever."""
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise OSError(f"the answer is larger than {LARGEST >> 20} MiB")
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(parts)


def _content(data: bytes) -> Reply | None:
    """A chat completion as a reply of 0 seconds; None for anything else."""
    try:
        value = json.loads(data)
        choice = value["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        return None
    content = content.encode("utf-8", "replace").decode()  # JSON may hold half surrogates, which no file takes
    usage = value.get("usage") if isinstance(value.get("usage"), dict) else {}
    asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
    finish = choice.get("finish_reason")
    return Reply(
        without_keys(content),
        asked if isinstance(asked, int) else None,
        answered if isinstance(answered, int) else None,
        seconds=0.0,
        cut=finish == "length",
        finish=finish[:SNIPPET] if isinstance(finish, str) else "",
        log_probabilities=_log_probabilities(choice.get("logprobs")),
    )


def _log_probabilities(told: Any) -> tuple[float, ...]:
    """The log-probabilities of a reply's tokens; () where a token has none that can be one."""
    listed = told.get("content") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        return ()
    given: list[float] = []
    for token in listed:
        value = token.get("logprob") if isinstance(token, dict) else None
        if not isinstance(value, (int, float)) or not -1e6 <= value <= 1e-6:
            return ()
        given.append(float(value))
    return tuple(given)


def _alternatives(data: bytes) -> tuple[tuple[tuple[str, float], ...], ...]:
    """The likeliest tokens of each place of a chat completion; () where it has none, or one that cannot be read."""
    try:
        places = json.loads(data)["choices"][0]["logprobs"]["content"]
        return tuple(
            tuple((str(token["token"]), float(token["logprob"])) for token in place.get("top_logprobs") or [place])
            for place in places
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ()


def _retry_after(headers: Message) -> float | None:
    """The seconds that a Retry-After header asks for; it holds a number or a date."""
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except (TypeError, ValueError):
            return None


def _snippet(data: bytes) -> str:
    text = without_keys(" ".join(data[: 4 * SNIPPET].decode("utf-8", "replace").split()))
    return text[:SNIPPET] or "an empty body"


def _spoken(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return "it took too long"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(reason, (ConnectionResetError, http.client.RemoteDisconnected, http.client.IncompleteRead)):
        return "the connection broke"
    return str(reason)[:SNIPPET] or type(reason).__name__
