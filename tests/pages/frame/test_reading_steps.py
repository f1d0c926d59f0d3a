"""Steps from pair to pair: the cards of both rows lead to the next pair, and a press in the table starts anew."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from pages.parts.frame.reading_steps import pair_on, step_bar

    picked = st.number_input("picked", 0, 2, 0, key="picked")
    reading = pair_on(3, int(picked), key="pair")
    st.text(f"pair {int(reading.row)}")
    for side in ("first", "second"):
        step_bar(reading, key=f"card.{side}")


def test_both_cards_lead_from_pair_to_pair_and_stop_at_the_ends() -> None:
    test = AppTest.from_function(script, default_timeout=60).run()
    shown = [test.text[0].value]
    for side in ("first", "second"):
        test.button(key=f"reading.step.next.card.{side}").click().run()
        shown.append(test.text[0].value)
    assert not test.exception and shown == ["pair 0", "pair 1", "pair 2"]
    assert test.button(key="reading.step.next.card.first").disabled
    test.number_input(key="picked").set_value(1).run()
    assert test.text[0].value == "pair 1"  # the table's row, wherever steps led before
    test.button(key="reading.step.previous.card.second").click().run()
    assert test.text[0].value == "pair 0" and test.button(key="reading.step.previous.card.second").disabled
