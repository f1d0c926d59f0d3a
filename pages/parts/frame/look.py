"""The look of the app: light, dark or as the system has it, and larger for a room; the browser remembers it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.parts.frame import session_keys
from pages.parts.frame.tour import COOKIE as COOKIE_OF_TOUR
from pages.parts.frame.tour import standing

COOKIE = "diverscope_look"  # what shell/look.js keeps: the theme, and ".present" where everything is larger
PRESENT = "present"

_ICONS = {
    "light": "M12 7a5 5 0 1 0 0 10a5 5 0 1 0 0-10M12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M20 4l-2 2M4 20l2-2",
    "dark": "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
    "system": "M3 5h18v11H3zM9 20h6M12 16v4",
    PRESENT: "M2 4h20M4 4v11h16V4M12 15v3M8 21l4-3 4 3",
}
_SAID = {
    "light": "Light",
    "dark": "Dark",
    "system": "As the system has it",
    PRESENT: "Present: larger type, thicker lines",
}
_HTML = "".join(
    f'<button type="button" data-look="{name}" aria-label="{_SAID[name]}" title="{_SAID[name]}" aria-pressed="false">'
    f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg></button>'
    for name, path in _ICONS.items()
)
_CSS = """
:host { display: block; text-align: right; white-space: nowrap; }
button { width: 1.75rem; height: 1.75rem; padding: 0.2rem; border: 0; border-radius: 0.4rem; background: none;
  color: var(--st-text-color); cursor: pointer; opacity: 0.7; vertical-align: middle; }
button:hover { background: var(--st-secondary-background-color); opacity: 1; }
button[aria-pressed="true"] { background: var(--st-secondary-background-color); color: var(--st-primary-color);
  opacity: 1; }
button:focus-visible { outline: 2px solid var(--st-primary-color); opacity: 1; }
svg { width: 100%; height: 100%; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round;
  stroke-linejoin: round; }
"""
# The figures are drawn anew a moment after the page has taken the new theme.
_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  if (data.tour !== "unasked") document.cookie = `TOUR=${data.tour}; path=/; max-age=31536000; samesite=lax`;
  const look = window.diverscopeLook, buttons = [...parentElement.querySelectorAll("button")];
  if (!look) return;
  const mark = () => buttons.forEach((button) => {
    const { theme, present } = look.now, name = button.dataset.look;
    button.setAttribute("aria-pressed", name === "present" ? present : name === theme);
  });
  for (const button of buttons) button.onclick = () => {
    const name = button.dataset.look;
    look.set(name === "present" ? { present: !look.now.present } : { theme: name });
    mark();
    setTimeout(() => setTriggerValue("changed", look.now), 150);
  };
  mark();
}
""".replace("TOUR", COOKIE_OF_TOUR)


def look_control() -> None:
    """Draw the four buttons; the browser also remembers, with the look, where the tour stands."""
    st.components.v2.component("diverscope_look", html=_HTML, css=_CSS, js=_JS)(
        data={"tour": standing()}, key=session_keys.LOOK.name, on_changed_change=_keep, height="content"
    )


def presenting() -> bool:
    """Whether everything is shown larger, for a room: as chosen in this session, else as the browser remembers it."""
    return session_keys.PRESENTING.start(str(st.context.cookies.get(COOKIE, "")).endswith(f".{PRESENT}"))


def _keep() -> None:
    chosen = getattr(session_keys.LOOK.get(None), "changed", None)
    if isinstance(chosen, Mapping):
        session_keys.PRESENTING.set(bool(chosen.get(PRESENT)))
