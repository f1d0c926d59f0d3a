"""What a person reads for a component of a row: a title, and a phrase that stands in a sentence."""

from __future__ import annotations


def component_title(component: str) -> str:
    """A component alone: "Response", "Both with thinking"."""
    return component.replace("_", " ").capitalize()


def component_phrase(component: str) -> str:
    """A component in a sentence: "the response", "instruction and response with thinking"."""
    words = component.replace("_", " ")
    if words.startswith("both"):
        return f"instruction and response{words.removeprefix('both')}"
    return f"the {words}"
