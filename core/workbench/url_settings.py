"""Settings that come from a link: each is used only if it is valid here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

from core import settings
from core.bands import UNITS
from core.errors import DiverscopeError, InputError, quoted
from core.features.partition import NOISE_CHOICES
from core.features.tokenizers import NAMES
from core.workbench.feature_settings import FeatureSettings


def settings_of_link(values: Mapping[str, Any], *, address: str) -> tuple[FeatureSettings, list[str]]:
    """The settings that a link's ``values`` give, and one sentence for each value that cannot be used.

    A setting stays at its default if its value cannot be used: a tokenizer or an embedder that does not exist, a folder
    outside the roots that a server at ``address`` may read, a number or a name that a feature refuses. Values that name
    no setting are ignored. A folder is checked before anything in it is read.
    """
    feature_settings, refused = FeatureSettings(), []
    for name in (setting.name for setting in fields(FeatureSettings)):
        if name not in values:
            continue
        try:
            feature_settings = _checked(feature_settings, name, values[name], address)
        except DiverscopeError as error:
            kept = getattr(feature_settings, name) or "the default one"
            refused.append(f"The link's {name.replace('_', ' ')} is not used; {kept} is used instead. {error}")
    return feature_settings, refused


def _checked(before: FeatureSettings, name: str, value: Any, address: str) -> FeatureSettings:
    """``before`` with one more setting. Raises :class:`DiverscopeError` if its value cannot be used."""
    if name in ("tokenizer", "embedder"):
        value = _model(name, str(value).strip(), address)
    after = before.with_(**{name: value})
    if name == "unit" and after.unit not in UNITS:
        raise InputError(f"Bands are given in {', '.join(UNITS)}, not {quoted(after.unit)}.")
    if name == "noise" and after.noise not in NOISE_CHOICES:
        raise InputError(f"Noise is one of {', '.join(NOISE_CHOICES)}, not {quoted(after.noise)}.")
    if name in ("low", "high") and not (isfinite(getattr(after, name)) and getattr(after, name) >= 0):
        raise InputError(f"A threshold is a number from 0 on, not {quoted(value)}.")
    # Both raise an error, when they are made, for settings that their features do not support.
    _ = after.clustering, after.tagging
    return after


def _model(kind: str, name: str, address: str) -> str:
    """``name`` of a tokenizer or an embedder; the name of a folder is resolved, and the folder must be readable."""
    if kind == "tokenizer":
        from core.features.tokenizers import load
        from core.features.tokenizers.hub import is_folder

        if name not in NAMES and name and is_folder(name):
            name = str(settings.allowed_path(name, address=address))
        load(name)
        return name
    from core.features.embedders import find_embedder

    if name and settings.typed_path(name).exists():
        name = str(settings.allowed_path(name, address=address))
    return find_embedder(name).name if name else name
