"""One owner of the session's keys and of the address: read from the source of every page."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.parts.frame import address, session_keys
from pages.parts.frame.address import UrlParameter
from pages.parts.frame.session_keys import Key, KeyFamily

ROOT = Path(__file__).resolve().parents[3]
FRAME = ROOT / "pages" / "parts" / "frame"
OWNERS = (FRAME / "session_keys.py", FRAME / "address.py")
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
PRESSES = FRAME / "presses.py"  # reads what Streamlit itself keeps of presses, and no entry of ours
OTHERS = [file for file in FILES if file not in (*OWNERS, PRESSES)]
OF_THE_OWNERS = {"st.session_state": OWNERS[0], "st.query_params": OWNERS[1]}


def owned(kind: type) -> dict[str, object]:
    """What the owners hold of one kind, by its name in a page's source; of a dictionary each entry."""
    values: dict[str, object] = {}
    for module in (session_keys, address):
        for short, value in vars(module).items():
            name = f"{module.__name__.split('.')[-1]}.{short}"
            values |= {f"{name}[{place}]": entry for place, entry in value.items()} if isinstance(value, dict) else {}
            values[name] = value
    return {name: value for name, value in values.items() if isinstance(value, kind) and not isinstance(value, type)}


def owned_names() -> list[str]:
    """Every key and parameter that is one string."""
    return [value.name for kind in (Key, UrlParameter) for value in owned(kind).values()]


def owned_templates() -> list[re.Pattern[str]]:
    """Every family of keys, as an expression that matches its members."""
    templates = [family.template for family in owned(KeyFamily).values()]
    return [re.compile(".+".join(re.escape(part) for part in template.split("{}"))) for template in templates]


def belongs_to_the_owners(literal: str) -> bool:
    return literal in owned_names() or any(pattern.fullmatch(literal) for pattern in owned_templates())


def literal(node: ast.expr | None) -> str | None:
    """The text of a string or of an f-string, whose fields read as "x"; None for what is neither."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def nodes(source: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(source))


def widget_keys(source: str) -> list[tuple[int, str]]:
    """Line and text of each literal that names a widget: ``key=…`` of a call, or "key" in a dictionary."""
    keys = []
    for node in nodes(source):
        if isinstance(node, ast.Call):
            keys += [
                (node.lineno, text)
                for keyword in node.keywords
                if keyword.arg == "key" and (text := literal(keyword.value))
            ]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            keys += [(node.lineno, text) for key, value in pairs if literal(key) == "key" and (text := literal(value))]
    return keys


def faults(source: str) -> list[str]:
    """What a file that owns nothing may not say."""
    seen = []
    for node in nodes(source):
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).split(".")[-1] in (
            "session_state",
            "query_params",
        ):
            seen.append(f"{node.lineno}: {ast.unparse(node)}")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamlit"):
            seen += [
                f"{node.lineno}: {name.name}" for name in node.names if name.name in ("session_state", "query_params")
            ]
        if isinstance(node, ast.Call):
            seen += [f"{node.lineno}: bind=" for name in node.keywords if name.arg == "bind"]
            given = {name.arg: ast.unparse(name.value) for name in node.keywords}
            if "format_func" in given and str(given.get(None)).endswith(".widget"):  # a label would be in the URL
                seen.append(f"{node.lineno}: format_func=")
            made = ast.unparse(node.func).split("[")[0].split(".")[-1]
            if made in ("Key", "KeyFamily", "Version", "UrlParameter", "JsonParameter", "Selected", "Bound"):
                seen.append(f"{node.lineno}: {made}(…)")
        # A word such as "n" is a key only where a widget takes it; a dotted or dashed one names nothing else.
        text = literal(node) if isinstance(node, ast.expr) else None
        if text and re.search("[.-]", text) and belongs_to_the_owners(text):
            seen.append(f"{node.lineno}: {text!r}")
    return seen + [f"{line}: key={text!r}" for line, text in widget_keys(source) if belongs_to_the_owners(text)]


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_page_asks_the_owners_for_session_keys_and_for_the_address(file: Path) -> None:
    assert not faults(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "st.session_state['mine'] = 1",
        "streamlit.session_state.get(name)",
        "from streamlit import session_state",
        "st.query_params.clear()",
        "st.slider('Diversity', key='mine', bind='query-params')",
        "st.slider('Diversity', key='d')",
        "st.radio('Rows of', ways, format_func=titles.get, **address.WHY_ROW.widget)",
        "knob(parameter, widget={'key': 'd'})",
        "name = 'ds.corpus'",
        "name = f'tokens.picked.{number}'",
        "st.dataframe(rows, key=f'measure-table-{family}')",
        "mine = Key[str]('mine')",
        "mine = session_keys.Key('mine')",
        "mine = address.Selected('mine')",
    ],
)
def test_the_check_finds_what_it_forbids(line: str) -> None:
    assert faults(line)


def test_only_one_owner_touches_the_session_and_only_one_the_address() -> None:
    touching = {
        ast.unparse(node): file
        for file in FILES
        for node in nodes(file.read_text(encoding="utf-8"))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in OF_THE_OWNERS
    }
    assert touching == OF_THE_OWNERS


def test_no_two_keys_are_one() -> None:
    templates = [family.template for family in owned(KeyFamily).values()]
    counts = Counter([*owned_names(), *templates])
    # A widget that Streamlit binds has the parameter's name as its key; those of the settings are parameters alone.
    assert not [name for name, count in counts.items() if count > 1]
    patterns = owned_templates()
    assert not [name for name in owned_names() if any(pattern.fullmatch(name) for pattern in patterns)]


def test_every_key_and_parameter_is_used_by_a_page() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    names = {name.split("[")[0] for kind in (Key, KeyFamily, UrlParameter) for name in owned(kind)}
    assert not [name for name in names if not re.search(rf"\b{re.escape(name)}\b", source)]


def test_a_widget_key_that_two_files_write_belongs_to_the_owners() -> None:
    files = defaultdict(set)
    for file in OTHERS:
        for _, text in widget_keys(file.read_text(encoding="utf-8")):
            files[text].add(str(file.relative_to(ROOT)))
    assert not {text: sorted(at) for text, at in files.items() if len(at) > 1}
