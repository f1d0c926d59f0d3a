"""A model's own examples of domains: written by a stand-in endpoint, resumed, priced, and the centres of DaaR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.__main__ import main
from core.answers.seed_examples import (
    SeedPlan,
    domains_in,
    domains_question,
    examples_in,
    first_question,
    further_question,
    grown,
    that_differ,
)
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.errors import Cancelled, InputError, NetworkError
from core.features.embedders import CARRIED
from core.features.models.files import find_model
from core.features.models.layers import load_layer_vectors
from core.progress import silent
from core.workbench.tasks.scoring import daar
from core.workbench.tasks.seed_examples import seeds_cost, seeds_request, write_examples
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import endpoint, ok, without_own_keys
from tests.tiny_models import small_carried_model, tiny_model

SPOKEN = {
    "metals": ["copper", "anchor", "dagger", "engine", "beacon"],
    "plants": ["walnut", "saffron", "willow", "cactus", "hazel"],
}
DOMAINS = (("metals", "things of metal"), ("plants", "what grows"))


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_own_keys(monkeypatch)
    small_carried_model(tmp_path, monkeypatch)


def example(domain: str, number: int) -> dict[str, str]:
    """Example ``number`` of a domain, in its own words."""
    words = np.random.default_rng([number, len(domain)]).choice(SPOKEN[domain], size=12)
    return {"instruction": f"Say {words[0]} {words[1]}.", "response": " ".join(words[2:])}


def writer(number: int, body: dict[str, Any]) -> Any:
    """Writes examples of the domain that it is asked for: five at first, then one with the number that is asked for."""
    said = body["messages"][-1]["content"]
    if "Name 2 domains" in said:
        return ok(content=json.dumps({"domains": [{"name": name, "description": about} for name, about in DOMAINS]}))
    domain = said.split("Domain: ")[1].splitlines()[0]
    if "new example number " not in said:
        return ok(content=json.dumps({"examples": [example(domain, place) for place in range(5)]}))
    place = int(said.split("new example number ")[1].split()[0])
    return ok(content="```json\n" + json.dumps(example(domain, 100 + place)) + "\n```")


def asked(url: str, *, plan: SeedPlan | None = None, **more: Any) -> dict[str, Any]:
    chosen = plan or SeedPlan(domains=DOMAINS, rounds=4, likeness=1.0)
    return seeds_request(chosen, model="m", url=url, embedder=CARRIED, concurrency=2, **more)


def test_examples_become_a_corpus_whose_column_names_their_domain(workspace: Workspace) -> None:
    with endpoint(writer) as (url, seen):
        assert seeds_cost(workspace, asked(url)).calls == 10
        made = write_examples(workspace, asked(url), silent)
        cost = seeds_cost(workspace, asked(url))
        assert (cost.calls, cost.kept) == (0, 10)
        assert write_examples(workspace, asked(url), silent)["corpus"] == made["corpus"] and len(seen.bodies) == 10
    corpus = open_corpus(workspace, made["corpus"])
    told = dict(zip(corpus.text("instruction"), corpus.column("category"), strict=True))
    wanted = {
        example(domain, place)["instruction"]: domain
        for domain in SPOKEN
        for place in (0, 1, 2, 3, 4, 101, 102, 103, 104)
    }
    assert told == wanted and not np.asarray(corpus.holdout).any()
    further = [body["messages"][-1]["content"] for body in seen.bodies if "number 4" in body["messages"][-1]["content"]]
    assert len(further) == 2 and all(words.count("Instruction: ") == 3 for words in further), "three are shown"
    assert all(body["max_tokens"] == 1_024 and "logprobs" not in body for body in seen.bodies)


def test_a_stopped_job_goes_on_and_another_likeness_asks_nothing(workspace: Workspace) -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 4:
            raise Cancelled

    with endpoint(writer) as (url, seen):
        with pytest.raises(Cancelled):
            write_examples(workspace, asked(url), stop)
        before = len(seen.bodies)
        left = seeds_cost(workspace, asked(url))
        assert 2 <= before < 10 and left.kept >= 2 and left.calls + left.kept == 10
        whole = write_examples(workspace, asked(url), silent)
        assert len(seen.bodies) == 10
        strict = SeedPlan(domains=DOMAINS, rounds=4, likeness=0.2)
        fewer = write_examples(workspace, asked(url, plan=strict, name="varied"), silent)
        assert len(seen.bodies) == 10 and fewer["alike"] > 0 and fewer["rows"] + fewer["alike"] == whole["rows"]


def test_without_domains_the_model_names_them(workspace: Workspace) -> None:
    plan = SeedPlan(invented=2, rounds=0, likeness=1.0)
    with endpoint(writer) as (url, seen):
        assert seeds_cost(workspace, asked(url, plan=plan)).calls == 3
        made = write_examples(workspace, asked(url, plan=plan), silent)
        assert made["domains"] == {"metals": 5, "plants": 5} and len(seen.bodies) == 3
    refusing = endpoint(lambda number, body: ok(content="I would rather not."))
    with refusing as (url, _), pytest.raises(InputError, match="named no domains"):
        write_examples(workspace, asked(url, plan=SeedPlan(invented=2, seed=9)), silent)


def test_replies_without_an_example_are_counted_and_refusals_asked_again(workspace: Workspace) -> None:
    def odd(number: int, body: dict[str, Any]) -> Any:
        said = body["messages"][-1]["content"]
        if "new example number 2 " in said:
            return ok(content="There are none left.")
        if "new example number 3 " in said and "metals" in said:
            return 400, {}, b"no such thing"
        return writer(number, body)

    with endpoint(odd) as (url, _):
        made = write_examples(workspace, asked(url), silent)
    assert (made["unread"], made["failed"], made["rows"]) == (2, 1, 15)
    with endpoint(writer) as (url, seen):
        again = write_examples(workspace, asked(url), silent)
    assert (again["failed"], again["rows"]) == (0, 16) and len(seen.bodies) >= 1
    empty = endpoint(lambda number, body: ok(content="{}"))
    with empty as (url, _), pytest.raises(InputError, match="Fewer than two domains"):
        write_examples(workspace, {**asked(url), "seed": 4}, silent)
    with pytest.raises(NetworkError):
        write_examples(workspace, {**asked("http://127.0.0.1:1/v1"), "seed": 5}, silent)


def test_a_model_of_this_machine_is_asked_the_same_questions(workspace: Workspace, tmp_path: Path) -> None:
    request = {**asked(""), "model": tiny_model(tmp_path / "writer", positions=2_048), "max_tokens": 8, "rounds": 1}
    assert seeds_cost(workspace, request).calls == 4
    with pytest.raises(InputError, match="Fewer than two domains"):  # it writes no JSON
        write_examples(workspace, request, silent)
    assert seeds_cost(workspace, request).calls == 0, "its replies are kept"


def test_an_example_stays_if_it_is_unlike_all_that_stay() -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(60, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for likeness in (0.3, 0.85, 1.0):
        stays: list[int] = []
        for place in range(len(vectors)):
            if all(sum(a * b for a, b in zip(vectors[place], vectors[one], strict=True)) < likeness for one in stays):
                stays.append(place)
        assert np.flatnonzero(that_differ(vectors, likeness=likeness)).tolist() == stays
    assert that_differ(np.empty((0, 4)), likeness=0.5).tolist() == []


def test_growth_depends_on_the_replies_alone_and_shows_what_differs() -> None:
    plan = SeedPlan(domains=(("a", ""), ("b", "second")), first=2, rounds=2, anchors=2)
    same = json.dumps({"instruction": "One", "response": "two"})
    replies: dict[str, str] = {first_question("a", "", 2): same, first_question("b", "second", 2): same}
    growth = grown(plan, replies.get)
    shown = further_question("a", "", [("One", "two")], number=1)
    assert shown in growth.missing and (growth.answered, growth.left) == (2, 4)
    replies[shown] = json.dumps({"instruction": " one!", "response": "TWO"})
    later = grown(plan, replies.get)
    assert later.examples["a"] == [("One", "two")], "equal but for case and points"
    assert further_question("a", "", [("One", "two")], number=2) in later.missing and later.left == 3
    with pytest.raises(InputError, match="only one domain"):
        grown(SeedPlan(domains=(("a", ""),)), replies.get)
    assert grown(SeedPlan(), lambda question: None).missing == [domains_question(6)]


def test_what_replies_hold_is_read_in_several_forms() -> None:
    told = '{"domains": ["verse", {"name": "Verse"}, {"name": "sums", "description": "of numbers"}, 3]}'
    assert domains_in(told) == (("verse", ""), ("sums", "of numbers"))
    assert domains_in('{"domains": "verse"}') == () and domains_in("no") == ()
    assert examples_in('{"examples": [{"instruction": "a", "output": "b"}, {"instruction": "c"}, 7]}') == [("a", "b")]
    assert examples_in('Sure: {"instruction": "a", "response": "b"}') == [("a", "b")] and examples_in("no") == []


@pytest.mark.parametrize("bad", [
    {"domains": (("", "x"), ("b", ""))}, {"domains": (("A", ""), ("a ", ""))},
    {"invented": 1}, {"first": 0}, {"rounds": -1}, {"anchors": 0}, {"likeness": float("nan")}, {"likeness": 0.0},
])  # fmt: skip
def test_a_plan_out_of_range_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        SeedPlan(**bad)


def planted(workspace: Workspace) -> tuple[Corpus, list[str]]:
    """Rows in the words of either domain, and the domain of each in the corpus's order."""
    rows = [
        {"instruction": f"Row {number}.", "output": " ".join(np.random.default_rng(number).choice(SPOKEN[domain], 9))}
        for number, domain in enumerate(list(SPOKEN) * 20)
    ]
    data = b"\n".join(json.dumps(row).encode() for row in rows)
    corpus = ingest(workspace, [from_bytes("planted.jsonl", data)], name="planted")
    words = [text.split()[0] for text in corpus.text("response")]
    return corpus, [next(domain for domain, own in SPOKEN.items() if word in own) for word in words]


def test_the_command_writes_them_and_daar_labels_rows_by_their_means(workspace, tmp_path, capsys) -> None:
    corpus, truth = planted(workspace)
    model = tiny_model(tmp_path / "model")
    with endpoint(writer) as (url, seen):
        words = [
            "seed-examples",
            "--model",
            "m",
            "--url",
            url,
            "--rounds",
            "4",
            "--likeness",
            "1",
            "--embedder",
            CARRIED,
        ]
        words += ["--domain", "metals: things of metal", "--domain", "plants: what grows"]
        assert main([*words, "--cost", "--price-out", "1000"]) == 0
        assert "10 questions to ask, 0 there already" in capsys.readouterr().out and not seen.bodies
        assert main(words) != 0, "nobody agreed to the cost"
        assert main([*words, "--yes"]) == 0
    said = capsys.readouterr().out
    made = said.split("--examples ")[1].split()[0]
    assert "metals" in said and "Examples by m  18 rows" in said
    assert main(["daar", "planted", "--model", model, "--what", "inter,intra", "--examples", made]) == 0
    assert corpus.column("daar_domain@model").tolist() == truth
    files = find_model(model)
    vectors = np.asarray(load_layer_vectors(CorpusText(corpus, "both"), files), dtype=np.float64)
    own = np.array([name == "metals" for name in truth])
    means = [vectors[own].mean(axis=0), vectors[~own].mean(axis=0)]
    cosines = [[float(row @ mean / np.linalg.norm(row) / np.linalg.norm(mean)) for mean in means] for row in vectors]
    near, far = (np.array([pair[own_place if mine else 1 - own_place] for pair, mine in zip(cosines, own, strict=True)])
                 for own_place in (0, 1))  # fmt: skip
    np.testing.assert_allclose(corpus.column("daar_intra@model"), near, atol=1e-6)
    np.testing.assert_allclose(corpus.column("daar_inter@model"), far, atol=1e-6)
    request = {"corpus": corpus.id, "component": "both", "model": model, "what": ["intra"], "examples": made}
    with pytest.raises(InputError, match="holds their domain is not said"):
        daar(workspace, request, silent)
