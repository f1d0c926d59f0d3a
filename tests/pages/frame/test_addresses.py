"""A page's address carries what its widgets were set to: opened in another session, it shows the same."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.corpus.store import Corpus
from core.selection.registry import strategies
from core.workbench.feature_settings import FeatureSettings
from pages.parts.frame import address
from pages.parts.frame.address import UrlParameter
from tests.pages.frame.addresses import BAND, ROOT, carried, move_all, opened, put, shown_again

# They say which widgets there are, so each case sets them first.
WHICH_WIDGETS = frozenset(
    parameter.name
    for parameter in (
        address.SCORES_FROM, address.STRATEGY, address.SIZE_UNIT, address.MEASURE_VIEW, address.COMPARE_VIEW,
        address.LOOK,
    )
)  # fmt: skip
NAMES = (
    "a against agree-on agree-over b budget corpus curve d domains-by look measure-axis measure-seed measure-view "
    "measured mix n of passport pool row-of rules scores.way size_unit stability strategy study subset_seed view with"
)
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py"))
PARAMETERS = {f"address.{name}" for name, value in vars(address).items() if isinstance(value, UrlParameter)}


@dataclass(frozen=True)
class Case:
    """A page in one of its views: what is chosen first, and the parameters that its address then carries."""

    page: str
    carries: frozenset[str]
    first: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.page, *map(str, self.first.values())])


def case(page: str, *carries: UrlParameter, first: Mapping[UrlParameter, Any] | None = None) -> Case:
    chosen = {parameter.name: value for parameter, value in (first or {}).items()}
    return Case(page, frozenset({*(parameter.name for parameter in carries), *chosen}), chosen)


CASES = [
    case("scores", first={address.SCORES_FROM: "own"}),
    case(
        "subsets", address.ROWS_WANTED, address.SUBSET_SEED, address.POSITION, address.CURVE, address.MEASURED,
        address.MIX, first={address.STRATEGY: "length"},
    ),
    case("subsets", address.TOKENS_WANTED, first={address.STRATEGY: "random", address.SIZE_UNIT: "tokens"}),
    case("measure", address.MEASURED_ROWS, address.MEASURED, address.REFERENCE, address.MEASURE_SEED),
    case(
        "measure", address.MEASURED_ROWS, address.OTHER_ROWS, address.MEASURED, address.REFERENCE,
        address.MEASURE_SEED, first={address.MEASURE_VIEW: "sides"},
    ),
    case("measure", address.CURVE_AXIS, address.CURVE, address.MEASURED, first={address.MEASURE_VIEW: "curves"}),
    case(
        "measure", address.AGREEMENT_SUBSETS, address.AGREEMENT_COMPONENT, first={address.MEASURE_VIEW: "agreement"}
    ),
    case("measure", address.DOMAIN_COLUMN, address.MEASURED, first={address.MEASURE_VIEW: "domains"}),
    case("inspect", address.CONTRAST_A, address.CONTRAST_B),
    case("inspect", first={address.LOOK: "overlap"}),
    case("inspect", address.STABILITY_SUBSET, first={address.LOOK: "stability"}),
    case("inspect", address.WHY_SUBSET, first={address.LOOK: "row"}),
    case("inspect", address.PASSPORT_SUBSET, first={address.LOOK: "thresholds"}),
    *(case("compare", first={address.COMPARE_VIEW: view}) for view in ("ledger", "more", "log")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_page_opened_at_its_address_shows_what_was_set(addressed: Corpus, case: Case) -> None:
    test = opened(case.page, {**BAND, "corpus": addressed.id})
    for name, value in case.first.items():
        put(test, name, value)
    knobs = {name for name in carried(test) if name.startswith(f"{case.first.get(address.STRATEGY.name)}.")}
    move_all(test, stay={*case.first, *WHICH_WIDGETS, *knobs})
    url = shown_again(case.page, test)
    assert case.carries <= set(url), (case.carries - set(url), url)


@pytest.mark.parametrize("name", list(strategies()))
def test_an_address_carries_every_setting_of_a_strategy(addressed: Corpus, name: str) -> None:
    settings = {
        address.strategy_setting(name, parameter.name).name: parameter for parameter in strategies()[name].parameters
    }
    seen: set[str] = set()
    for setting in [None, *settings]:  # all at once, then each that another one hid
        if setting in seen:
            continue
        test = opened("subsets", {**BAND, "corpus": addressed.id})
        put(test, address.STRATEGY.name, name)
        if setting and (condition := settings[setting].only_with):
            put(test, address.strategy_setting(name, condition[0]).name, condition[1])
        moved = {setting} if setting else set(settings)
        move_all(test, stay=set(carried(test)) - moved)
        # Not every setting can be answered, and none need be: what the slider stood at says nothing here.
        seen |= set(shown_again("subsets", test, built=False)) & set(settings)
    assert seen == set(settings)


def test_the_names_of_parameters_are_those_that_saved_links_hold() -> None:
    ours = [value.name for value in vars(address).values() if isinstance(value, UrlParameter)]
    assert sorted(ours) == NAMES.split()
    assert {name: parameter.name for name, parameter in address.SETTINGS.items()} == {
        name: name for name in FeatureSettings.__dataclass_fields__
    }


def test_every_parameter_that_a_page_names_is_tried_there() -> None:
    tried = {(case.page, name) for case in CASES for name in case.carries}
    rooms = {page: [ROOT / f"pages/{page}.py", *(ROOT / "pages/parts" / page).glob("*.py")] for page in PAGES}
    rooms["subsets"] += (ROOT / "pages/parts/choosing").glob("*.py")
    named = {
        (page, getattr(address, node.attr).name)
        for page, files in rooms.items()
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PARAMETERS
    }
    # The rules are tried beside the settings; links lead from Corpus to Scores, and from saved subsets to Measure.
    # The Study page's own tests open its studies by their addresses.
    links = {
        ("study", address.STUDY.name),
        ("corpus", address.SCORES_FROM.name),
        ("subsets", address.MEASURED_ROWS.name),
    }
    assert named - {("subsets", address.RULES.name), *links} <= tried
