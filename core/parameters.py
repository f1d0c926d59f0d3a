"""Knobs of strategies and metrics, which a page draws, a recipe stores and the command line accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from core.errors import InputError, quoted

LARGEST = 1 << 63  # a recipe and an array hold no larger number


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A knob. ``help`` says what happens as it grows.

    ``kind`` ``column`` takes the name of a column, ``columns`` a list of names, ``numeric_column`` the name of a column
    of numbers; ``optional`` allows None. ``of_target`` is (name, value) of another knob: with this value the column is
    one of the target corpus, not of the pool. ``by_eye`` says whether a number is a threshold that decides which rows
    get in; an amount of work, a seed or a row's position is not. ``scale`` says what such a number is measured on:
    "similarity" of two rows, or the name of the knob that names a column. ``only_with`` is (name, value) of another
    knob: this knob has an effect only with this value. ``without`` says what happens if an optional column is not
    named. ``band_end`` declares that the knob is an end of the corpus's mid band ("low", "high") or their "unit": its
    initial value is then that of the feature settings. A knob without ``band_end`` never follows the band, whatever its
    name. ``slider`` has a page draw a number with both bounds as a slider. ``unwritten``: at its default
    it is not written, so that what was made before the knob came keeps its digest.
    """

    name: str
    title: str
    kind: Literal["int", "float", "bool", "choice", "text", "column", "columns", "numeric_column"]
    default: Any
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: Sequence[str] = ()
    optional: bool = False
    of_target: tuple[str, str] | None = None
    by_eye: bool = True
    scale: str = ""
    only_with: tuple[str, str] | None = None
    without: str = ""
    band_end: Literal["low", "high", "unit"] | None = None
    slider: bool = False
    unwritten: bool = False

    def check(self, value: Any) -> Any:
        """``value`` in the parameter's type. Raises :class:`InputError` when the parameter cannot have that value."""
        if value is None or (self.kind in ("column", "numeric_column") and value == ""):
            if self.optional or self.kind in ("column", "numeric_column"):
                return None
            raise InputError(f"{self.title} needs a value.")
        try:
            if self.kind == "int":
                value = int(value)
            elif self.kind == "float":
                value = float(value)
            elif self.kind == "bool":
                value = value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes")
            elif self.kind == "columns":
                value = [value] if isinstance(value, str) else [str(item) for item in value]
            else:
                value = str(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{self.title} must be a number, not {quoted(value)}.") from error
        if self.kind == "choice" and value not in self.choices:
            raise InputError(f"{self.title} is one of {', '.join(self.choices)}, not {quoted(value)}.")
        if self.kind in ("int", "float"):
            low, high = self.minimum, self.maximum
            if value != value or (low is not None and value < low) or (high is not None and value > high):
                bounds = f"at least {low}" if high is None else f"between {low} and {high}"
                raise InputError(f"{self.title} is {bounds}, not {quoted(value)}.")
            if not isfinite(value) or abs(value) >= LARGEST:
                raise InputError(f"{self.title} cannot be as large as {quoted(value)}.", remedy="Take a smaller one.")
        return value


def complete(parameters: Sequence[Parameter], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every parameter with its checked value or default; one that is ``unwritten`` is absent at its default.

    Raises :class:`InputError` on an unknown name.
    """
    values = dict(values or {})
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            raise InputError(
                f"There is no parameter {quoted(name)}.", remedy=f"There are: {', '.join(known) or 'none'}."
            )
    completed = {name: known[name].check(values.get(name, known[name].default)) for name in known}
    return {
        name: value for name, value in completed.items() if not (known[name].unwritten and value == known[name].default)
    }
