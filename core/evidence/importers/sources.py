"""Files to import from, in a folder, in an archive or uploaded: sizes are bounded, and no file outside is read."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any, TextIO

from core.corpus.formats.encodings import as_utf8, bad_lines, is_wide
from core.counted import counted
from core.errors import InputError
from core.evidence.importers.archives import ARCHIVES, MAX_FILES, unpack
from core.evidence.importers.delimited_text import has_markdown, table_rows

MAX_JSON = 128 << 20  # bytes of a JSON document read whole; line formats are streamed and have no limit
WHOLE_TEXT = 64 << 20  # bytes up to which the encoding is judged by the whole text
KEPT_DOCUMENT = 1 << 20  # larger documents (in bytes) are removed from memory after their file was read
HEAD = 65_536
FIRST_LINES = 10  # lines of a JSONL file among which the first record is looked for: the very first may be damaged


@dataclass(eq=False)
class Source:
    """A file to import: ``path`` is its path inside the folder or archive, ``file`` is where its bytes are stored."""

    path: str
    file: Path
    tree: Tree | None = None
    notes: list[str] = field(default_factory=list)  # on its encoding, once its text was read

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def folder(self) -> str:
        """The folder's path inside the tree, "" at its top."""
        parent = str(PurePosixPath(self.path).parent)
        return "" if parent == "." else parent

    @property
    def run_name(self) -> str:
        """The path of the file's folder, else the tree's name, else the file's own name.

        It is the whole path, because folders of two runs may have the same name; folders called eval and the like are
        skipped.
        """
        parts = list(PurePosixPath(self.folder).parts)
        while parts and parts[-1].lower() in ("eval", "evaluation", "results", "output", "outputs", "logs", "files"):
            parts.pop()
        name = "/".join(parts)
        return name or (self.tree.name if self.tree and self.tree.is_folder else self.stem)

    @cached_property
    def head(self) -> bytes:
        with self.open() as file:
            return file.read(HEAD)

    def open(self) -> IO[bytes]:
        """The bytes. Raises :class:`InputError` when the file cannot be read."""
        try:
            return open(self.file, "rb")
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}.") from error

    def beside(self, relative: str) -> Source | None:
        """The file at the path ``relative`` to this file's folder, in the same tree, or None."""
        parts: list[str] = []
        for part in PurePosixPath(self.folder, relative).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            else:
                parts.append(part)
        return self.tree.by_path.get("/".join(parts)) if self.tree else None

    @contextmanager
    def text(self, *, newline: str | None = None) -> Iterator[TextIO]:
        """The file as text, in whatever encoding; what was recognised stands in ``notes``.

        A file above :data:`WHOLE_TEXT` is streamed as UTF-8, or as UTF-16 where it has that mark. Raises
        :class:`InputError` for what is no text, or in an encoding that cannot be told.
        """
        if b"\0" in self.head and not is_wide(self.head):
            raise InputError(
                f"{self.path} is not a text file.", remedy="Give a CSV, JSON or JSONL file, or an archive."
            )
        with self.open() as raw:
            if self.file.stat().st_size > WHOLE_TEXT:
                encoding = "utf-16" if self.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
                yield io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=newline)
                return
            notes: list[str] = []
            data = as_utf8(raw.read(), name=self.path, notes=notes)
        bad = bad_lines(data)
        if bad:
            notes.append(
                f"{counted(len(bad), 'line')} with bytes that are no UTF-8 (first line {bad[0]:,}), shown as �."
            )
        self.notes = notes
        yield io.StringIO(data.decode("utf-8", errors="replace"), newline=newline)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Lines numbered from 1, streamed; bytes that are not in the encoding are replaced."""
        with self.text() as text:
            yield from enumerate(text, start=1)

    def table(self) -> Iterator[tuple[int, list[str]]]:
        """A table's rows with the line on which each ends, the header first: CSV with any delimiter, or Markdown."""
        last = 0
        with self.text(newline="") as text:
            try:
                for last, cells in table_rows(text):
                    yield last, cells
            except csv.Error as error:
                raise InputError(f"{self.path}, after line {last}: {error}.") from error

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The first row of a CSV file, or of a Markdown table that a person named; () if there is none."""
        name = self.name.lower()
        named = name.endswith((".md", ".markdown", ".txt")) and b"|" in self.head and self.is_named
        if not name.endswith((".csv", ".tsv")) and not (named and has_markdown(self.head.decode(errors="replace"))):
            return ()
        return tuple(cell.strip() for cell in next(self.table(), (0, []))[1])

    @property
    def is_named(self) -> bool:
        """Whether a person named this very file, alone or among other uploads, and not a folder in which it lies."""
        return self.tree is None or not self.tree.is_folder or len(self.tree.sources) == 1

    @cached_property
    def _document(self) -> tuple[Any, InputError | None]:
        size = self.file.stat().st_size
        if size > MAX_JSON:
            return None, InputError(
                f"{self.path} is a JSON document of {size / 2**20:.0f} MB; at most {MAX_JSON >> 20} MB are read whole.",
                remedy="Give the same numbers as JSONL or CSV.",
            )
        try:
            with self.text() as text:
                return json.loads(text.read()), None
        except InputError as error:
            return None, error
        except json.JSONDecodeError as error:
            # If the last character closes nothing, the document was cut short, wherever the error is.
            cut = error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated")
            what = "stops in the middle" if cut else "is not JSON"
            return None, InputError(
                f"{self.path} {what}: {error.msg} at line {error.lineno}, column {error.colno}.",
                remedy="Copy or download it again; nothing of it was imported.",
            )
        except (ValueError, RecursionError) as error:  # not UTF-8, an integer of thousands of digits, nested too deeply
            return None, InputError(f"{self.path} is not JSON that can be read ({type(error).__name__}).")

    @property
    def document(self) -> Any:
        """The whole file as JSON. Raises :class:`InputError`, which says where it stops if it was cut short."""
        value, error = self._document
        if error is not None:
            raise error
        return value

    @cached_property
    def first_record(self) -> Mapping[str, Any]:
        """The first record of a JSONL file (of its first lines), or of a JSON list or object of records; {} if none."""
        name = self.name.lower()
        if name.endswith((".jsonl", ".ndjson")):
            lines = (text for _, text in self.lines() if text.strip())
            records = (_json_or_none(text) for text in islice(lines, FIRST_LINES))
            return next((record for record in records if isinstance(record, dict)), {})
        document = self.holds(object)
        values = list(document.values()) if isinstance(document, dict) else document
        record = values[0] if isinstance(values, list) and values else None
        return record if isinstance(record, dict) else {}

    def forget(self) -> None:
        """Remove a large document from memory; it is read again at its next use."""
        if "_document" in self.__dict__ and self.file.stat().st_size > KEPT_DOCUMENT:
            del self.__dict__["_document"]

    def holds(self, kind: type) -> Any:
        """The JSON document if it is a ``kind``, else None (also if the file is not JSON)."""
        if not self.name.lower().endswith(".json"):
            return None
        value, _ = self._document
        return value if isinstance(value, kind) else None


@dataclass(eq=False)
class Tree:
    """The files to import, in order of their paths, and what was left out: (path, reason).

    ``problems`` are losses; ``hidden`` are folders and files whose names begin with a point, where tools keep internal
    files: MLflow's deleted runs under .trash, caches, checkpoints of notebooks. ``facts`` holds values that an importer
    computes once for the whole tree.
    """

    name: str
    is_folder: bool = False
    sources: list[Source] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def by_folder(self) -> dict[str, list[Source]]:
        folders: dict[str, list[Source]] = {}
        for source in self.sources:
            folders.setdefault(source.folder, []).append(source)
        return folders

    @cached_property
    def by_path(self) -> dict[str, Source]:
        return {source.path: source for source in self.sources}

    @property
    def files(self) -> list[Source]:
        """The files so far, for :class:`core.evidence.importers.archives.Receiver`."""
        return self.sources

    def add(self, path: str, file: Path) -> None:
        """Add a file of a folder or an archive; a hidden file is only listed, a hidden folder only once."""
        hidden = _hidden(path)
        if not hidden:
            self.take(path, file)
        elif hidden not in self.hidden:
            self.hidden.append(hidden)

    def take(self, path: str, file: Path) -> None:
        """Add a file that the user named."""
        self.sources.append(Source(path=path, file=file, tree=self))


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _hidden(path: str) -> tuple[str, str] | None:
    """The outermost hidden folder or file of ``path`` and what it is; None if nothing is hidden."""
    parts = PurePosixPath(path).parts
    for place, part in enumerate(parts):
        if part.startswith(".") or part == "__MACOSX":
            why = "deleted runs of MLflow" if part == ".trash" else "hidden: what a tool keeps for itself"
            return "/".join(parts[: place + 1]), why
    return None


@contextmanager
def open_tree(path: Path, *, name: str = "") -> Iterator[Tree]:
    """The files of a folder, an archive or a single file. Raises :class:`InputError` when the path does not exist.

    ``name`` is the user's name of the file (an upload is stored under a temporary name). Links are never followed.
    """
    name = name or path.name
    tree = Tree(name=name)
    if path.is_dir():
        tree.is_folder = True
        _walk(path, into=tree)
        yield tree
    elif not path.is_file():
        raise InputError(f"{path} is not there.", remedy="Check the path.")
    elif name.lower().endswith(ARCHIVES):
        with tempfile.TemporaryDirectory(prefix="diverscope-import-") as folder:
            tree.is_folder = True
            tree.name = name.split(".")[0]
            unpack(path, Path(folder), tree, name=name)
            tree.sources.sort(key=lambda source: source.path)
            yield tree
    else:
        tree.take(name, path)
        yield tree


@contextmanager
def open_uploads(files: Sequence[tuple[str, bytes]]) -> Iterator[Tree]:
    """Several uploaded files as one tree; archives among them are unpacked under their own names."""
    if len(files) == 1 and not files[0][0].lower().endswith(ARCHIVES):
        tree_name = files[0][0]
    else:
        tree_name = "upload" if len(files) != 1 else files[0][0].split(".")[0]
    whole = Tree(name=tree_name)
    with tempfile.TemporaryDirectory(prefix="diverscope-upload-") as folder, ExitStack() as stack:
        for number, (name, data) in enumerate(files):
            file = Path(folder) / str(number)
            file.write_bytes(data)
            part = stack.enter_context(open_tree(file, name=PurePosixPath(name.replace("\\", "/")).name))
            prefix = f"{part.name}/" if part.is_folder and len(files) > 1 else ""
            for source in part.sources:
                path = f"{prefix}{source.path}"
                while path in {other.path for other in whole.sources}:
                    path = f"{number}/{path}"  # two uploads with the same name
                whole.take(path, source.file)
            whole.hidden += [(f"{prefix}{path}", why) for path, why in part.hidden]
            whole.problems += [(f"{prefix}{path}", why) for path, why in part.problems]
            whole.is_folder |= part.is_folder
        yield whole


def _walk(folder: Path, *, into: Tree) -> None:
    for root, folders, files in os.walk(folder, followlinks=False):
        here = Path(root)
        for name in sorted(folders):
            if (here / name).is_symlink():
                into.problems.append(((here / name).relative_to(folder).as_posix(), "a link; links are not followed"))
        inside = {name: (here / name).relative_to(folder).as_posix() for name in folders}
        into.hidden += [hidden for path in sorted(inside.values()) for hidden in [_hidden(path)] if hidden]
        folders[:] = sorted(name for name in folders if not (here / name).is_symlink() and not _hidden(inside[name]))
        for name in sorted(files):
            file = here / name
            path = file.relative_to(folder).as_posix()
            if file.is_symlink():
                into.problems.append((path, "a link; links are not followed"))
            elif not file.is_file():
                into.problems.append((path, "not a plain file"))
            elif len(into.sources) >= MAX_FILES:
                into.problems.append((path, f"more than {MAX_FILES:,} files; this and all later ones were left out"))
                return
            else:
                into.add(path, file)
