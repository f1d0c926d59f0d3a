"""Tells lines of program code from lines of prose, so that code is not taken for a language that people speak."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCED = re.compile(r"```.*?(?:```|\Z)|\"\"\".*?\"\"\"|\'\'\'.*?\'\'\'", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]{1,200}`|https?://\S{1,500}")
# A line that only program code has. Keywords are those of Python, C, Java, JavaScript, Go, Rust, PHP, SQL, HTML, shell.
_CODE = re.compile(
    r"""
      ^[{}\])]+[,;]?$ | [)\w\]>]\s?\{$ | \)\s*:$
    | ^(?://|/\*|\*/|\#!|\#include\b|\#define\b|<!--|<\?php|<!DOCTYPE)
    | [)\]}"'];$ | ^\S+(?:\s\S+)?;$ | ^[\w-]+:\s[^,.]*;$
    | ^(?:class|elif|except|func|fn|impl)\s\w.*[:{]$ | ^def\s\w+ | ^(?:else|try|finally|do|begin|end)\s*[:{]?$
    | ^(?:for|while|if|elif|with|switch|match)\b.*[:{]$ | ^(?:import|from)\s[\w.]+(?:\s(?:import|as)\s.+|\s*,.*)?$
    | ^(?:return|yield|raise|throw|print|echo|puts|assert)\b(?:\s[\w.]+|.*[)\]"'])$ | ^(?:break|continue|pass)$
    | ^(?:public|private|protected|static|var|let|const|using|namespace|package|function|struct|enum)\s[\w<>*&].*[={;(]
    | ^(?:void|int|float|double|char|bool|string|long|unsigned|auto)\s[\w*&]+\s*[(=;\[]
    | ^(?:SELECT|INSERT\ INTO|UPDATE|DELETE\ FROM|CREATE\ (?:TABLE|DATABASE|VIEW|INDEX)|ALTER\ TABLE|FROM|WHERE
        |(?:INNER\ |LEFT\ |RIGHT\ )?JOIN|ORDER\ BY|GROUP\ BY|HAVING|LIMIT|VALUES|SET)\s[\w*(]
    | ^</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?> | </[A-Za-z][\w-]*>$ | ^[\w.]*\w\(.*\)[;:]?$ | ^@\w+(?:\(.*\))?$ | ^\$[a-zA-Z_]
    | ^[\w.\[\]$"']+\s*(?:\+=|-=|\*=|:=|<-|=)\s*(?:[\[{("'$]|\w+[.(\[]|new\s|True\b|False\b|None\b|null\b|lambda\b)
    | =>\s?[{(\w] | \s&&\s | \s\|\|\s | \w\s[=!]==?\s | \w::\w
    | ^["'][\w ]+["']\s*:\s | ^(?:sudo|git|npm|pip|cd|docker|kubectl)\s[\w./-]+(?:\s[\w./-]+){0,4}$
    """,
    re.VERBOSE | re.ASCII,
)
# Code where the lines around are code: comments, bare names and assignments, which notes and sums have too.
_MAYBE = re.compile(
    r"^(?:\#|--|\*|return\b)|^[\w.$\[\]]+\s*[-+*/]?=\s*\S|^[\w.]+,?$|[,(\[:\\]$|^[^a-zA-Z\u0100-\uffff]+$", re.ASCII
)
_ASSIGNS_OR_CALLS = re.compile(r"[=(\[{]")  # code, if the line ends with a semicolon
_METHOD = re.compile(r"\w\.\w{1,60}\(", re.ASCII)  # code, if the line ends with a bracket
_SIGNS = re.compile(r"[{}()\[\];=<>\"'_$&|]")
LONG, SIGNS = 160, 0.08  # a longer line is code only if it has that share of the signs above


@dataclass(frozen=True)
class Parts:
    """A text without its program code, and how many characters of it, spaces aside, are code and prose."""

    prose: str
    code_characters: int
    prose_characters: int


def parts_of(text: str) -> Parts:
    """``text`` parted into prose and code: fenced blocks, and lines that look like code.

    A comment, a bare name or an assignment is code only beside a line that is.
    """
    unfenced = _FENCED.sub("\n", text)
    code_characters = _letters_and_signs(text) - _letters_and_signs(unfenced)
    lines = [line for raw in unfenced.splitlines() if (line := raw.strip())]
    kinds = [_kind(line) for line in lines]
    for order in (range(len(lines)), range(len(lines) - 1, -1, -1)):  # from the code above, then from the code below
        before = ""
        for place in order:
            if kinds[place] == "maybe" and before == "code":
                kinds[place] = "code"
            before = kinds[place]
    prose = [line for line, kind in zip(lines, kinds, strict=True) if kind != "code"]
    code_characters += sum(_letters_and_signs(line) for line, kind in zip(lines, kinds, strict=True) if kind == "code")
    return Parts(_INLINE.sub(" ", "\n".join(prose)), code_characters, sum(map(_letters_and_signs, prose)))


def _kind(line: str) -> str:
    if len(line) > LONG and len(_SIGNS.findall(line)) < SIGNS * len(line):
        return "prose"
    if (line[-1] == ";" and _ASSIGNS_OR_CALLS.search(line)) or (line[-1] == ")" and _METHOD.search(line)):
        return "code"
    return "code" if _CODE.search(line) else "maybe" if _MAYBE.search(line) else "prose"


def _letters_and_signs(text: str) -> int:
    return len("".join(text.split()))
