"""From the names of a score file and a person's answers to what the ledger gets."""

from __future__ import annotations

from pathlib import Path

from core.evidence import ledger
from core.evidence.entries import Curve, LoggedSubset, Match, Score
from core.evidence.import_plan import LabelAnswer, Meanings, confirmed, import_plan
from core.evidence.importers import registry
from core.evidence.importers.proposal import Imported, ProposedScore, curve
from core.evidence.importers.sources import open_tree
from core.evidence.matching import Known, suggest
from core.workspace.artefacts import Workspace

KNOWN = [Known(name="deep 0", digest="a" * 16), Known(name="lima micro", digest="b" * 16)]


def proposed(subject: str, value: float = 50.0, **more: object) -> ProposedScore:
    return ProposedScore(
        subject=subject, benchmark="arena", measure="win rate", value=value, file="s.csv", field=f"line of {subject}",
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_persons_answer_goes_before_a_tick_and_a_tick_before_what_was_offered() -> None:
    scores = [proposed(label) for label in ("deep 0", "our lima micro", "elsewhere", "nobody")]
    suggestions = suggest(scores, known=KNOWN)
    alike = {"our lima micro": "b" * 16}
    offered = {
        "deep 0": LabelAnswer(digest="a" * 16),
        "our lima micro": LabelAnswer(),
        "elsewhere": LabelAnswer(unseen=True),
        "nobody": LabelAnswer(),
    }
    meanings = confirmed(suggestions, answers=offered, ticked=alike)
    far = LoggedSubset.unseen("elsewhere")
    assert meanings.digests == {"deep 0": "a" * 16, "our lima micro": "b" * 16, "elsewhere": far}
    assert meanings.how == {"deep 0": "same name"} and meanings.unseen == {"elsewhere"}
    own = {
        **offered,
        "deep 0": LabelAnswer(digest="b" * 16, changed=True),  # sure, but a person says otherwise
        "our lima micro": LabelAnswer(unseen=True, changed=True),  # ticked, but a person says otherwise
    }
    meanings = confirmed(suggestions, answers=own, ticked=alike)
    assert meanings.digests["deep 0"] == "b" * 16 and meanings.how == {}
    assert meanings.unseen == {"elsewhere", "our lima micro"}


def test_a_plan_holds_new_scores_and_only_the_entries_that_the_ledger_lacks(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    whole = Imported(importer="table", file="s.csv")
    whole.scores = [proposed("deep 0"), proposed("elsewhere", size=30, level=50.0), proposed("nobody", primary=False)]
    whole.curves = [
        curve(subject=subject, measure="loss", points=[(1, 2.0), (2, 1.0)], file="log", field="loss")
        for subject in ("deep 0", "nobody")
    ]
    far = LoggedSubset.unseen("elsewhere")
    meanings = Meanings(digests={"deep 0": "a" * 16, "elsewhere": far}, unseen=frozenset({"elsewhere"}))

    def planned(scores: list[ProposedScore], meant: Meanings = meanings):
        return import_plan(whole, scores=scores, meanings=meant, ledger=ledger.read(workspace))

    plan = planned(whole.scores[:2])
    assert [score.run.label for score in plan.clashes.new] == ["deep 0", "elsewhere"]
    assert [(entry.kind, getattr(entry, "label", "")) for entry in plan.others] == [
        ("match", "deep 0"), ("match", "elsewhere"), ("subset", ""), ("curve", ""),
    ]  # fmt: skip
    dataset = next(entry for entry in plan.others if isinstance(entry, LoggedSubset))
    assert (dataset.digest, dataset.name, dataset.size, dataset.level) == (far, "elsewhere", 30, 50.0)
    ledger.add_scores(workspace, plan.scores, title="import", others=plan.others)

    again = planned(whole.scores[:2])
    assert not again.clashes.new and len(again.clashes.repeated) == 2 and again.others == []
    more = planned(whole.scores)
    assert [score.run.label for score in more.clashes.new] == ["nobody"]
    assert [type(entry) for entry in more.others] == [Curve]  # of the run that has a score now
    changed = planned(whole.scores[:1], Meanings(digests={"deep 0": "b" * 16}))
    assert changed.others == [Match(label="deep 0", subset="b" * 16, how="confirmed at import")]


def test_a_score_that_carries_its_digest_needs_no_match(tmp_path: Path) -> None:
    whole = Imported(importer="table", file="s.csv", scores=[proposed("deep 0", recipe="a" * 16)])
    meanings = Meanings(digests={"deep 0": "a" * 16})
    plan = import_plan(whole, scores=whole.scores, meanings=meanings, ledger=ledger.read(Workspace(tmp_path)))
    (score,) = plan.scores
    assert isinstance(score, Score) and score.run.subset == "a" * 16 and plan.others == []


def test_a_changed_entry_of_the_same_key_is_lacking(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    entry = LoggedSubset(digest="f" * 16, name="far", size=9)
    ledger.append(workspace, [entry], title="one")
    resized = LoggedSubset(digest="f" * 16, name="far", size=10)
    assert resized.key == entry.key
    assert ledger.read(workspace).lacking([entry, resized]) == [resized]


def test_what_the_files_hold_adds_up(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("subset,arena\none,50\ntwo,51\n")
    (tmp_path / "b.csv").write_text("subset,arena\none,50\ntwo,52\nthree,53\n")
    with open_tree(tmp_path) as tree:
        read = registry.read_tree(tree)
    assert (read.read, len(read.whole.repeated), read.contradicting, len(read.whole.scores)) == (5, 1, 1, 3)
