"""The gate that every measured number passes: plain values, undefined where it is no number, failed where it broke."""

from __future__ import annotations

import datetime
import logging
import math

import numpy as np
import orjson
import pytest

from core.errors import Cancelled, FeatureMissing, Infeasible, InputError, WorkspaceError
from core.metrics.metric import Measuring, Metric
from core.metrics.random_band import random_band
from core.metrics.reading import Reading, failure, plain_reading, undefined
from core.metrics.registry import measure, metrics
from tests.metrics.faults import put_metric, raising
from tests.metrics.views import random_texts, view_of


def broken(measure_rows, **declared) -> Metric:
    """A metric of tokens called "broken"."""
    stated = {"title": "Broken", "family": "lexical", "direction": 1, "formula": "None.", "source": "This test."}
    needs = declared.pop("needs", ("tokens",))
    return Metric(name="broken", measure=measure_rows, needs=lambda parameters: needs, **stated, **declared)


def written(reading: Reading) -> Reading:
    """The reading as another process finds it."""
    return Reading.of(orjson.loads(orjson.dumps(reading.as_dict())))


def test_the_category_entropy_of_x_y_y_is_0_636514_and_can_be_written() -> None:
    view = view_of(["a", "b", "c"], **{"column:category": np.array(["x", "y", "y"], dtype=object)})
    reading = measure("category_entropy", Measuring(view=view))
    assert reading.value == pytest.approx(0.636514, abs=5e-7)  # −(1/3) ln(1/3) − (2/3) ln(2/3) nats
    assert reading.detail["evenness"] == pytest.approx(0.636514 / math.log(2), abs=1e-6)
    assert type(reading.detail["evenness"]) is float
    assert written(reading) == reading


def test_numpy_values_become_plain_ones() -> None:
    answer = Reading(
        value=np.float32(0.5),
        interval=(np.float64(0.25), np.int64(1)),
        detail={
            "count": np.int64(3),
            "share": np.float64(0.1),
            "on": np.bool_(True),
            "matrix": np.arange(4.0).reshape(2, 2),
            "names": np.array(["a", None], dtype=object),
            "by name": {np.str_("x"): (np.int32(1), 2.5)},
            "nothing": None,
        },
    )
    plain = plain_reading(answer)
    assert (plain.value, plain.interval) == (0.5, (0.25, 1.0))
    assert plain.detail == {
        "count": 3, "share": 0.1, "on": True, "matrix": [[0.0, 1.0], [2.0, 3.0]], "names": ["a", None],
        "by name": {"x": [1, 2.5]}, "nothing": None,
    }  # fmt: skip
    assert {type(plain.detail[name]) for name in ("count", "share", "on")} == {int, float, bool}
    assert written(plain) == plain


def test_a_number_of_no_dimension_and_a_whole_number_are_numbers() -> None:
    assert plain_reading(Reading(value=np.array(2.5))).value == 2.5
    whole = plain_reading(Reading(value=np.uint8(7)))
    assert whole.value == 7.0 and type(whole.value) is float


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_what_is_no_number_is_undefined_with_the_reason(value: float) -> None:
    reading = plain_reading(Reading(value=value, interval=(0.0, 1.0), detail={"rows": 3}))
    assert reading.value is None and reading.interval is None and reading.detail == {"rows": 3}
    assert (
        reading.undefined == f"undefined because its formula gives {float(value)} for these rows, which is not a number"
    )


def test_inside_a_detail_what_is_no_number_is_none() -> None:
    detail = plain_reading(Reading(value=1.0, detail={"a": math.nan, "b": np.array([1.0, np.inf])})).detail
    assert detail == {"a": None, "b": [1.0, None]}


def test_half_a_surrogate_pair_does_not_stop_the_writing() -> None:
    reading = plain_reading(Reading(value=1.0, detail={"\ud800": "a\udc00b"}))
    assert written(reading).detail == {"?": "a?b"}


@pytest.mark.parametrize(
    "value", [True, np.bool_(False), "0.5", 1j, np.array([0.5]), np.array(["x"]), datetime.date(2020, 1, 1), [0.5]]
)
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="which is not a number"):
        plain_reading(Reading(value=value))


@pytest.mark.parametrize("part", [{1, 2}, b"x", 1j, object(), datetime.date(2020, 1, 1), {3: "x"}, [{"a": {4}}]])
def test_a_detail_that_json_has_no_form_for_is_refused(part: object) -> None:
    with pytest.raises(TypeError, match="a detail"):
        plain_reading(Reading(value=1.0, detail={"part": part}))


def test_too_large_an_integer_and_a_senseless_reading_are_refused() -> None:
    assert plain_reading(Reading(value=1.0, detail={"a": 2**64 - 1, "b": -(2**63)})).detail["a"] == 2**64 - 1
    for reading in (
        Reading(value=1.0, detail={"a": 2**64}),
        Reading(value=1.0, detail={"a": -(2**63) - 1}),
        Reading(value=1.0, interval=(0.0, math.nan)),
        Reading(value=None),
        Reading(value=None, undefined="undefined because a", failed="failed: b"),
    ):
        with pytest.raises(ValueError, match=r"too large|no finite ends|one reason"):
            plain_reading(reading)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(value=0.25, interval=(0.0, 0.5), detail={"a": [1, {"b": None}]}),
        undefined("no row has tokens"),
        failure(ZeroDivisionError("division by zero")),
    ],
)
def test_a_reading_is_read_back_as_it_was_written(reading: Reading) -> None:
    assert written(reading) == reading


def test_a_reading_of_an_earlier_version_is_read() -> None:
    old = {"value": None, "undefined": "undefined because it is old", "interval": None, "detail": {}}
    assert Reading.of(old) == Reading(value=None, undefined="undefined because it is old")


@pytest.mark.parametrize("error", [InputError("no row has tokens."), Infeasible("no row has tokens.")])
def test_our_own_refusal_is_a_property_of_the_rows(error, monkeypatch, caplog) -> None:
    put_metric(monkeypatch, broken(raising(error)))
    with caplog.at_level(logging.INFO):
        reading = measure("broken", Measuring(view=view_of(random_texts(5))))
    assert reading == Reading(value=None, undefined="undefined because no row has tokens.")
    assert reading.why == reading.undefined
    assert not caplog.records


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("operands\ncould not"), "a fault of the program (ValueError: operands); the log has the trace"),
        (np.linalg.LinAlgError(), "a fault of the program (LinAlgError); the log has the trace"),
        (ZeroDivisionError("division by zero"), "a fault of the program (ZeroDivisionError: division by zero); "),
        (MemoryError(), "there was not enough memory for it"),
        (WorkspaceError("The file is gone.", remedy="Embed again."), "The file is gone. Embed again."),
        (FeatureMissing("embeddings"), "The embeddings of these rows are not there yet."),  # not declared in needs
    ],
)
def test_any_other_exception_is_a_failure_with_its_trace_in_the_log(error, words, monkeypatch, caplog) -> None:
    put_metric(monkeypatch, broken(raising(error)))
    reading = measure("broken", Measuring(view=view_of(random_texts(5))))
    assert reading.value is None and reading.undefined == ""
    assert reading.failed.startswith(f"failed: {words}")
    assert reading.why == reading.failed
    (record,) = caplog.records
    assert record.name == "diverscope.metrics" and record.exc_info is not None and record.exc_info[1] is error


@pytest.mark.parametrize("answer", [Reading(value="0.5"), Reading(value=1.0, detail={"a": {1}}), 0.5])
def test_an_answer_that_is_no_reading_of_a_number_is_a_failure(answer, monkeypatch, caplog) -> None:
    put_metric(monkeypatch, broken(lambda measuring: answer))
    assert measure("broken", Measuring(view=view_of(random_texts(5)))).failed.startswith("failed: a fault")
    assert caplog.records[0].exc_info is not None


def test_a_wish_to_stop_is_no_failure(monkeypatch) -> None:
    put_metric(monkeypatch, broken(raising(Cancelled())))
    with pytest.raises(Cancelled):
        measure("broken", Measuring(view=view_of(random_texts(5))))


def test_a_metric_that_fails_on_random_rows_leaves_the_others_their_bands(monkeypatch, caplog) -> None:
    pool = view_of(random_texts(60))
    alone = random_band(["ie", "sl"], pool=pool, size=20, draws=4)
    put_metric(monkeypatch, broken(raising(ValueError("operands could not be broadcast"))))
    bands = random_band(["ie", "broken", "sl", "domain_js"], pool=pool, size=20, draws=4)
    assert list(bands) == ["ie", "broken", "sl", "domain_js"]
    assert {name: bands[name] for name in alone} == alone
    assert bands["broken"].span is None and bands["broken"].why.startswith("failed: a fault of the program")
    assert len(caplog.records) == 1  # it is not tried on the other draws


@pytest.mark.parametrize("name", list(metrics()))
def test_every_metric_reads_no_more_than_it_declares_and_can_be_written(name: str) -> None:
    whole = view_of(random_texts(300))
    chosen = metrics()[name]
    parameters = {parameter.name: parameter.default for parameter in chosen.parameters}
    declared = [need for need in chosen.needs(parameters) if need != "reference"]
    view = type(whole)(whole.ids, "response", {}, {need: whole.get(need) for need in declared})
    reading = measure(name, Measuring(view=view.take(np.arange(220)), reference=view))
    assert reading.failed == ""
    assert written(reading) == reading
