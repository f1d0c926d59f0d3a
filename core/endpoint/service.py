"""What an endpoint is asked for, and the environment's keys and addresses for it; no key is kept anywhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

OPENAI = "OPENAI_API_KEY"
SHORTEST = 4  # characters of a key that is looked for in replies: a shorter one is a word like any other


@dataclass(frozen=True)
class Service:
    """A use of endpoints. ``key_name`` is the variable that holds its key; ``pinned_name`` the one that holds the only
    address which a page may name when the server listens to other machines."""

    name: str

    @property
    def key_name(self) -> str:
        return f"DIVERSCOPE_{self.name.upper()}_KEY"

    @property
    def pinned_name(self) -> str:
        return f"DIVERSCOPE_{self.name.upper()}_URL"

    @property
    def pinned(self) -> str:
        """The only address that may be asked, "" where none is set."""
        return os.environ.get(self.pinned_name, "")

    @property
    def set_key(self) -> str | None:
        """The variable whose key is used: the service's own, else OpenAI's (for OpenAI's host only); None for none."""
        return next((name for name in (self.key_name, OPENAI) if os.environ.get(name)), None)

    def key(self, host: str) -> str:
        """The key to send to ``host``, "" where none is set. OPENAI_API_KEY is sent to OpenAI's host only."""
        if own := os.environ.get(self.key_name, ""):
            return own.strip()
        home = urlsplit(os.environ.get("OPENAI_BASE_URL", "https://api.openai.com")).netloc
        return os.environ.get(OPENAI, "").strip() if host == home else ""


TAGGER = Service("tagger")
JUDGE = Service("judge")
ANSWERS = Service("answers")


def without_keys(text: str) -> str:
    """``text`` with every key of the environment replaced by …: some endpoints repeat the key that they were sent."""
    for name in (OPENAI, *(service.key_name for service in (TAGGER, JUDGE, ANSWERS))):
        key = os.environ.get(name, "").strip()
        if len(key) >= SHORTEST:
            text = text.replace(key, "…")
    return text
