"""Broken, hostile and odd files: a clear message, the rest imported, nothing read or written outside."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.evidence import ledger, matching, series_names
from core.evidence.entries import Curve, LoggedSubset, Match
from core.evidence.import_plan import Meanings, to_entries
from core.evidence.importers import archives, numbers, registry, sources
from core.evidence.importers.numbers import guess_decimal, parse_number
from core.evidence.importers.proposal import Imported, Options, curve
from core.evidence.importers.sources import open_tree
from core.evidence.matching import Known
from core.workspace.artefacts import Workspace


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **answers: object) -> Imported:
    with open_tree(path) as tree:
        return registry.read(tree.sources[0], Options(**answers))  # type: ignore[arg-type]


def tree_of(path: Path, options: dict[str, Options] | None = None) -> registry.TreeImport:
    with open_tree(path) as tree:
        return registry.read_tree(tree, options)


def test_truncated_json_says_where_it_stops_and_the_others_import(tmp_path: Path) -> None:
    write(tmp_path / "good.csv", "subset,score\na,1\n")
    write(tmp_path / "run" / "all_results.json", '{"train_loss": 1.5,\n "eval_lo')
    tree_import = tree_of(tmp_path)
    assert [score.subject for score in tree_import.whole.scores] == ["a"]
    assert tree_import.failed[0][0] == "run/all_results.json"
    assert "stops in the middle" in tree_import.failed[0][1] and "line 2" in tree_import.failed[0][1]


def test_a_truncated_line_file_keeps_its_whole_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", '{"subset": "a", "score": 1}\n{"subset": "b", "sco')
    result = read(path)
    assert [score.subject for score in result.scores] == ["a"]
    assert [(entry.where, entry.why[:14]) for entry in result.rejected] == [("line 2", "not whole JSON")]


def test_scores_that_are_no_numbers_are_listed_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "subset,score\na,nan\nb,12.5\nc,\nd,inf\ne,n/a\nf,13.5\n")
    result = read(path)
    assert [score.subject for score in result.scores] == ["b", "f"]
    assert [entry.where.split(",")[0] for entry in result.rejected] == ["line 2", "line 4", "line 5", "line 6"]
    broken = write(
        tmp_path / "r" / "results_x.json", '{"results": {"t": {"acc,none": NaN}}, "configs": {}, "versions": {}}'
    )
    assert read(broken).rejected[0].why.endswith("the value is nan")
    log = write(
        tmp_path / "trainer_log.jsonl", '{"current_steps": 1, "loss": 2.0}\n{"current_steps": 2, "loss": NaN}\n'
    )
    assert [entry.where for entry in read(log).rejected] == ["line 2, loss"]


def test_fractions_among_percentages_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "subset,MMLU\na,54.9\nb,0.551\nc,56.2\n")
    asked = read(path)
    assert asked.questions[0].option == "scale" and "1 of 3 numbers lies between 0 and 1" in asked.questions[0].text
    assert len(asked.scores) == 2 and asked.rejected[0].where == "line 3, column MMLU"
    assert [score.value for score in read(path, scale="times 100").scores] == [54.9, pytest.approx(55.1), 56.2]
    assert {score.value for score in read(path, scale="as they are").scores} == {54.9, 0.551, 56.2}
    with pytest.raises(InputError, match="Is it a fraction of one"):
        to_entries(asked, meanings=Meanings(digests={}))
    whole = read(write(tmp_path / "f.csv", "subset,acc\na,0.5\nb,0.6\n"))
    assert not whole.questions and whole.scores[0].unit == "fraction"
    assert read(write(tmp_path / "p.csv", "subset,acc\na,50%\nb,60 %\n")).scores[0].unit == "%"


def test_mixed_locales_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", 'subset;score\na;"48,4"\nb;"51.8"\nc;"1,234"\n')
    asked = read(path)
    assert [score.value for score in asked.scores] == [48.4, 51.8]
    assert asked.questions[0].option == "decimal" and "ambiguous" in asked.rejected[0].why
    german = read(write(tmp_path / "g.csv", "subset;score\na;1.048,4\nb;51,8\nc;1.234\n"))
    assert [score.value for score in german.scores] == [1048.4, 51.8, 1234] and not german.questions


def test_repeated_rows_count_once_and_contradictions_are_listed_or_are_seeds(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "subset,score\na,1.5\na,1.5\na,2.5\n")
    result = read(path)
    assert [score.value for score in result.scores] == [1.5] and len(result.repeated) == 1
    assert "1.5 in s.csv, line 2" in result.rejected[0].why
    seeds = read(path, repeats="seeds")
    assert [(score.seed, score.value) for score in seeds.scores] == [(0, 1.5), (1, 1.5), (2, 2.5)]


def test_an_unknown_file_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read(write(tmp_path / "notes.md", "# notes"))
    for importer in registry.IMPORTERS:
        assert importer.looks_for in str(refused.value)
    for name, content in (("a.json", "[1, 2]"), ("b.csv", "one\n"), ("c.csv", b"a,b\0\n"), ("d.json", b"\xff\xfe\xfd")):
        with pytest.raises(InputError):
            read(write(tmp_path / name, content))


def test_rows_of_the_wrong_width_and_an_empty_table(tmp_path: Path) -> None:
    result = read(write(tmp_path / "s.csv", "subset,score\na,1\nb\nc,2,3\nd,4\n"))
    assert [score.subject for score in result.scores] == ["a", "d"]
    assert [entry.where for entry in result.rejected] == ["line 3", "line 4"]
    with pytest.raises(InputError, match="a header and no rows"):
        read(write(tmp_path / "empty.csv", "subset,score\n"))


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(write(tmp_path / "deep.json", "[" * 100_000 + "]" * 100_000))


def test_links_out_of_the_folder_are_never_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside" / "secret.csv", "subset,score\nsecret,1\n")
    folder = tmp_path / "in"
    write(folder / "good.csv", "subset,score\na,1\n")
    os.symlink(secret, folder / "link.csv")
    os.symlink(secret.parent, folder / "linked")
    tree_import = tree_of(folder)
    assert [score.subject for score in tree_import.whole.scores] == ["a"]
    assert sorted(path for path, _ in tree_import.failed) == ["link.csv", "linked"]


def test_paths_and_links_that_lead_out_of_an_archive_are_left_out(tmp_path: Path) -> None:
    bad = ("../escape.csv", "/absolute.csv", "a/../../escape2.csv", "C:\\drive.csv", "..\\windows.csv", "inner.zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("run/good.csv", "subset,score\na,1\n")
        for name in bad:
            archive.writestr(name, "subset,score\nevil,1\n")
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    tree_import = tree_of(tmp_path / "a.zip")
    assert [score.subject for score in tree_import.whole.scores] == ["a"]
    assert sorted(path for path, _ in tree_import.failed) == sorted([*bad, "link.csv"])
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        for name in ("good.csv", "../escape.csv"):
            info, data = tarfile.TarInfo(name), b"subset,score\nt,1\n"
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"special{kind!r}.csv")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    tree_import = tree_of(tmp_path / "b.tar.gz")
    assert [score.subject for score in tree_import.whole.scores] == ["t"] and len(tree_import.failed) == 4
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "b.tar.gz"}


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BOMB_FLOOR", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", b"0" * (8 << 20))
    with pytest.raises(InputError, match="zip bomb"):
        tree_of(tmp_path / "bomb.zip")
    with tarfile.open(tmp_path / "bomb.tgz", "w:gz") as tar:
        info = tarfile.TarInfo("zeros.csv")
        info.size = 8 << 20
        tar.addfile(info, io.BytesIO(b"0" * info.size))
    with pytest.raises(InputError, match="zip bomb"):
        tree_of(tmp_path / "bomb.tgz")


def test_a_member_that_lies_about_its_size_and_a_broken_archive(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s.csv", "subset,score\n" + "a,1\n" * 1000)
    data = bytearray(path.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (10).to_bytes(4, "little")  # the size that the directory claims
    path.write_bytes(bytes(data))
    with pytest.raises(InputError):
        tree_of(path)
    with pytest.raises(InputError, match="cannot be unpacked"):
        tree_of(write(tmp_path / "broken.zip", b"PK\x03\x04 no more"))
    with pytest.raises(InputError, match="is not there"):
        tree_of(tmp_path / "nothing")


def test_a_long_trainer_log_is_streamed_into_a_bounded_curve(tmp_path: Path) -> None:
    path = tmp_path / "run" / "trainer_log.jsonl"
    path.parent.mkdir()
    with open(path, "wb") as file:
        for step in range(20_000):
            file.write(b'{"current_steps": %d, "total_steps": 20000, "loss": %.4f}\n' % (step, 20_000 / (step + 1)))
        file.write(b'{"current_steps": 200')
    result = read(path)
    assert result.scores[0].value == 1.0 and result.curves[0].read == 20_000
    assert len(result.curves[0].steps) <= 2_001 and result.curves[0].steps[-1] == 19_999
    assert [entry.where for entry in result.rejected] == ["line 20001"]


def test_curves_are_thinned_with_both_ends_kept() -> None:
    points = [(float(i), float(-i)) for i in range(12_345)]
    thin = curve(subject="a", measure="loss", points=points, file="f", field="loss")
    assert len(thin.steps) <= 2_000 and (thin.steps[0], thin.steps[-1], thin.values[-1]) == (0, 12_344, -12_344)


@pytest.mark.parametrize(
    ("text", "decimal", "value", "percent"),
    [
        ("48.4", "", 48.4, False), ("48,4", "", 48.4, False), ("1,234.5", "", 1234.5, False),
        ("+3e-2", "", 0.03, False),
        ("1.234,5", "", 1234.5, False), ("1 234,5", "", 1234.5, False), ("0,123", "", 0.123, False),
        ("1,234", ".", 1234, False), ("1,234", ",", 1.234, False), ("54 %", "", 54, True),
        ("−24.66", "", -24.66, False),
        ("1'234'567", "", 1234567, False), ("1.234.567", "", 1234567, False), ("1,234,567", "", 1234567, False),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, decimal: str, value: float, percent: bool) -> None:
    assert parse_number(text, decimal=decimal) == (value, percent)


@pytest.mark.parametrize(
    "text", ["", "n/a", "NaN", "inf", "1e999", "1,234", "12.3.4", "abc", "1,23,4", "--1", "1e", "0x1f"]
)
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_number(text)


@pytest.mark.parametrize(
    "digits", ["1" * 200_000, "1" * 200_000 + "x", "9" * 131_073, " 1" * 100_000, "1,234" * 40_000]
)
def test_a_cell_of_any_length_is_one_rejected_cell_and_the_other_rows_are_read(tmp_path: Path, digits: str) -> None:
    path = write(tmp_path / "s.csv", f'subset,score\na,12.5\nb,"{digits}"\nc,13.5\n')
    started = time.process_time()
    result = read(path)
    assert time.process_time() - started < 2.0
    assert [(score.subject, score.value) for score in result.scores] == [("a", 12.5), ("c", 13.5)]
    (rejected,) = result.rejected
    assert rejected.where == "line 3, column score"
    assert "it is not a number" in rejected.why and len(rejected.why) < 100


def test_a_name_of_any_length_is_read_in_the_time_of_its_length(tmp_path: Path) -> None:
    name = "1" * 100_000 + "x"
    path = write(tmp_path / "s.csv", f"subset,score\n{name},12.5\n{'·' * 100_000},13\nz,1x\n")
    started = time.process_time()
    result = read(path)
    known = [Known(name=name[:number], digest=f"{number:016x}") for number in (60_000, 70_000, 80_000)]
    assert not matching.suggest(result.scores, known=known)[0].sure
    assert series_names.common_name([name, name[:-1]]) == ""
    assert time.process_time() - started < 2.0
    assert [score.subject for score in result.scores] == [name, "·" * 100_000]


@given(
    st.lists(st.sampled_from(["1", "23", "456", ".", ",", "-", "·", "_", " ", "%", "e", "+", "x", "\n"]), max_size=9)
)
@settings(max_examples=400)
def test_the_linear_patterns_match_what_the_obvious_ones_match(parts: list[str]) -> None:
    text = "".join(parts)
    obvious = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
    assert bool(numbers._PLAIN.fullmatch(text)) == bool(obvious.fullmatch(text))
    ending = re.compile(r"[\s·:,_-]*\d+(?:[.,]\d+)?\s*%?$")
    assert series_names._POSITION.sub("", text) == ending.sub("", text)


@pytest.mark.parametrize("column", ["n", "seed", "size"])
@pytest.mark.parametrize("cell", ["1e300", "1e308K", "9" * 30, "k", "x"])
def test_a_count_beyond_64_bits_is_none_and_the_scores_are_logged(
    workspace: Workspace, tmp_path: Path, column: str, cell: str
) -> None:
    imported = read(write(tmp_path / "s.csv", f"subset,score,{column}\na,12.5,{cell}\nb,13.5,5\nc,14.5,6\n"))
    assert [score.value for score in imported.scores] == [12.5, 13.5, 14.5]
    assert getattr(imported.scores[0], column) is None
    meanings = Meanings(digests={score.subject: "a" * 16 for score in imported.scores})
    scores, others = to_entries(imported, meanings=meanings)
    ledger.add_scores(workspace, scores, title="import", others=others)
    assert sorted(ledger.read(workspace).scores()["value"]) == [12.5, 13.5, 14.5]


def test_an_integer_of_thousands_of_digits_in_a_json_document_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "s.json", f'[{{"subset": "a", "score": {"1" * 5000}}}]')
    with pytest.raises(InputError, match="not JSON that can be read"):
        read(path)


@given(st.floats(-1e9, 1e9, allow_nan=False), st.sampled_from([".", ","]))
@settings(max_examples=80)
def test_a_written_number_reads_back(value: float, decimal: str) -> None:
    text = f"{value:.4f}"
    assert parse_number(text.replace(".", decimal), decimal=decimal).value == float(text)
    if "." in text:
        assert guess_decimal([text.replace(".", decimal)]) == decimal


def test_matching_by_digest_name_and_likeness(tmp_path: Path) -> None:
    names = {"0" * 16: "Res Micro 50%", "1" * 16: "macro-100 all", "2" * 16: "twin", "3" * 16: "Twin", "4" * 16: "TWIN"}
    known = [Known(name=name, digest=digest) for digest, name in names.items()]
    rows = [
        {"subset": "res_micro-50.json", "score": 1}, {"subset": "macro_100", "score": 2},
        {"subset": "twin", "score": 3}, {"subset": "tWiN", "score": 3},
        {"subset": f"llama-{'4' * 16}-sft", "score": 4}, {"subset": "zzzz", "score": 5}, {"subset": "told", "score": 6},
        {"subset": "anything", "score": 7, "digest": "f" * 16},
    ]  # fmt: skip
    result = read(write(tmp_path / "s.json", json.dumps(rows)))
    said = {suggestion.label: (suggestion.subset[:1], suggestion.how) for suggestion in matching.suggest(
        result.scores, known=known, confirmed={"told": "3" * 16}
    )}  # fmt: skip
    assert said == {
        "res_micro-50.json": ("0", "same name"), "macro_100": ("1", "similar name"), "twin": ("2", "same name"),
        "tWiN": ("", "shared name"), f"llama-{'4' * 16}-sft": ("4", "digest in the name"),
        "zzzz": ("", "nothing similar"), "told": ("3", "confirmed before"), "anything": ("f", "recipe digest"),
    }  # fmt: skip


def test_two_names_of_the_same_rows_are_both_known(tmp_path: Path) -> None:
    known = [Known(name=f"{name} · {level} %", digest=f"{level:016x}", size=100, component="response")
             for name in ("micro response 100", "lima micro") for level in (0, 50, 100)]  # fmt: skip
    known.append(Known(name="lima macro", digest="d" * 16, size=100, component="response"))
    rows = [{"subset": f"lima micro · {level} %", "score": level} for level in (0, 50, 100)]
    suggestions = matching.suggest(read(write(tmp_path / "s.json", json.dumps(rows))).scores, known=known)
    assert [(entry.name, entry.subset, entry.how) for entry in suggestions] == [
        (f"lima micro · {level} %", f"{level:016x}", "same name") for level in (0, 50, 100)
    ]


@pytest.mark.parametrize(
    ("label", "size", "similar"),
    [
        ("our lima micro", None, True),
        ("lima micro 100", None, False),  # a number that ours does not have
        ("lima macro", None, False),  # another level
        ("lima micro instruction", None, False),  # another component
        ("our lima micro", 10_000, False),  # another size
        ("our lima micro", 100, True),
    ],
)
def test_a_similar_name_is_suggested_only_where_nothing_contradicts(
    tmp_path: Path, label: str, size: int | None, similar: bool
) -> None:
    known = [Known(name="lima micro", digest="a" * 16, size=100, component="response")]
    rows = [{"subset": label, "score": 1.0, **({"size": size} if size else {})}]
    (suggestion,) = matching.suggest(read(write(tmp_path / "s.json", json.dumps(rows))).scores, known=known)
    assert (suggestion.how, suggestion.sure) == ("similar name" if similar else "nothing similar", False)


def test_one_subset_is_not_suggested_for_several_names(tmp_path: Path) -> None:
    known = [Known(name="lima micro", digest="a" * 16)]
    for labels, how in ((["our lima micro"], "similar name"), (["our lima micro", "my lima micro"], "nothing similar"),
                        (["lima micro", "my lima micro"], "nothing similar")):  # fmt: skip
        rows = [{"subset": label, "score": 1.0} for label in labels]
        suggestions = matching.suggest(read(write(tmp_path / "s.json", json.dumps(rows))).scores, known=known)
        assert suggestions[-1].how == how


def test_an_import_reaches_the_ledger_and_comes_again_as_repetitions(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    folder = tmp_path / "runs"
    write(folder / "a" / "trainer_log.jsonl", '{"current_steps": 1, "loss": 2.0}\n{"current_steps": 2, "loss": 1.0}\n')
    write(folder / "scores.csv", "subset,score\nmine,60\nelsewhere,55\n")
    whole = tree_of(folder).whole
    unseen = {label: LoggedSubset.unseen(label) for label in ("elsewhere", "a")}
    meanings = Meanings(digests={"mine": "a" * 16, **unseen}, unseen=frozenset(unseen))
    for repeated in (0, 3):
        scores, others = to_entries(whole, meanings=meanings)
        clashes = ledger.add_scores(workspace, scores, title="import", others=others)
        assert len(clashes.repeated) == repeated
    result = ledger.read(workspace)
    frame = result.scores().set_index("label")
    assert frame.loc["mine", "subset"] == "a" * 16
    assert frame.loc["elsewhere", "subset"] == LoggedSubset.unseen("elsewhere")
    assert frame.loc["elsewhere", ["file", "field"]].tolist() == ["scores.csv", "line 3, column score"]
    assert [entry.values for entry in result.of(Curve)] == [(2.0, 1.0)]
    assert {match.label for match in result.of(Match)} == {"mine", "elsewhere", "a"}


def test_uploads_of_one_name_and_archives_make_one_tree(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("run/all_results.json", '{"eval_loss": 1.5}')
    files = [("s.csv", b"subset,score\na,1\n"), ("s.csv", b"subset,score\nb,2\n"), ("runs.zip", packed.getvalue())]
    with sources.open_uploads(files) as tree:
        assert [source.path for source in tree.sources] == ["s.csv", "1/s.csv", "runs/run/all_results.json"]
        tree_import = registry.read_tree(tree)
    assert [score.subject for score in tree_import.whole.scores] == ["a", "b", "runs/run"]
    with sources.open_uploads([("../../evil.csv", b"subset,score\na,1\n")]) as tree:
        assert [source.path for source in tree.sources] == ["evil.csv"]


def test_whatever_a_reader_raises_is_a_refusal_that_names_file_and_format_and_the_others_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: sources.Source, options: Options) -> Imported:
        return {}[source.name]  # type: ignore[return-value]

    def odd(source: sources.Source) -> bool:
        return source.name == "odd.csv"

    importer = registry.Importer(name="Odd format", looks_for="oddities", recognise=odd, read=broken)
    monkeypatch.setattr(registry, "IMPORTERS", (importer, *registry.IMPORTERS))
    write(tmp_path / "good.csv", "subset,score\na,1\n")
    write(tmp_path / "odd.csv", "subset,score\nb,2\n")
    tree_import = tree_of(tmp_path)
    assert [score.subject for score in tree_import.whole.scores] == ["a"]
    assert [path for path, _ in tree_import.failed] == ["odd.csv"]
    assert "odd.csv looks like Odd format, but cannot be read (KeyError: 'odd.csv')" in tree_import.failed[0][1]
