"""Texts that trip tokenizers, and a corpus of them that needs no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from core.workspace.artefacts import Workspace

HARD = [
    "",
    " ",
    "    ",
    "\n",
    "\n\n \n  \n",
    "\t\tif x:\n\t\t\treturn  y  \n",
    "Hello world",
    " Hello  world ",
    "Hello   \n  world\t \t!",
    "今天天气很好，我们去公园吧。 好 的 。",
    "日本語のテキスト、 кириллица и ελληνικά",
    "😀 👩‍👩‍👧‍👦 🇫🇷 family 👍🏽👍🏽",
    "def f(a, b):\n    # adds\n    return {**a, 'k': [b] * 3}  \n\n\nprint(f({}, 1))",
    "▁literal ▁ signs▁▁ here ▁",
    "non\u00a0breaking\u2003wide\u3000spaces \u2009 thin\u200b zero\u0085next",
    "a\x00b NUL and \x07 bell",
    "<s> </s> <unk> [INST] <|endoftext|> <0x0A>",
    "e\u0301 combining a\u030a  \u0301alone",
    "1234567890 3.14159 1,000,000 ½ ²",
    "///\n//\r\n--\r\n  ...\n/ \n",
    "x" * 400,
    " " * 300 + "end",
    "lone \ud83d surrogate",
    "naïve café — “quoted” … don't can’t",
    "اللغة العربية مع مسافات  हिन्दी भाषा",
]

words = st.sampled_from(["the", "a", "é", "”", "▁", "😀", "天气", "\n", "\t", "\u2003", "\u0085", "x1", ".", "//", ""])
spaces = st.sampled_from([" ", "  ", "   ", "", "\n ", " \n", "\u00a0 "])
texts = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.lists(st.tuples(words, spaces), max_size=12).map(lambda pairs: "".join(a + b for a, b in pairs)),
    ),
    max_size=8,
)


@dataclass(frozen=True)
class Rows:
    """A corpus as far as tokens need one."""

    workspace: Workspace
    id: str
    texts: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, component: str) -> list[str]:
        return list(self.texts)
