"""The prompts of a set that say most of a model's ability, chosen by imported difficulties, as a set of their own."""

from __future__ import annotations

import io

import pandas as pd
import streamlit as st

from core.counted import counted
from core.errors import InputError
from core.judging.informative import most_informative
from core.judging.prompt_set import PromptSet
from pages.parts.frame import session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.given_file import given_file
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3
from pages.parts.judge.prompt_sets import turn_to_prompts


def informative_prompts(ctx: Context, prompts: PromptSet) -> None:
    """Draw the form; a press stores the set and turns to it."""
    with st.expander("Ask fewer: the most informative prompts", icon=":material/filter_list:", key="judge-informative"):
        left, right = st.columns([4, 0.5], vertical_alignment="center")
        left.text("A table (CSV) with a line for each prompt: prompt (its words or id), difficulty, discrimination.")
        with right:
            explain(
                "the most informative prompts",
                formula="a² P (1 − P), P = 1 / (1 + exp(−a (θ − b))), averaged over abilities θ ~ N(mean, spread²); a: "
                "discrimination (1 where not given), b: difficulty",
                source="Fisher information of the two-parameter logistic model (Birnbaum 1968); choosing by it after "
                "Active Evaluation Acquisition (arXiv 2410.05952), from memory",
                key="judge.informative.explain",
            )
        given = given_file("Difficulties", kinds=(".csv",), key="judge.items")
        count_at, mean_at, spread_at, press = st.columns([1, 1, 1, 1.4], vertical_alignment="bottom")
        count = count_at.number_input("Prompts", 1, max(1, len(prompts)), value=max(1, len(prompts) // 4),
                                      key=f"judge.informative.{prompts.key}")  # fmt: skip
        mean = mean_at.number_input("Ability", value=0.0, step=0.5, key="judge.informative.mean",
                                    help="Of the models that are asked, on the scale of the difficulties.")  # fmt: skip
        spread = spread_at.number_input("Spread", 0.01, 10.0, value=1.0, step=0.25, key="judge.informative.spread",
                                        help="Larger: prompts of more levels.")  # fmt: skip
        pressed = press.button("Choose them", key="judge-informative-press", disabled=given is None, width="stretch")
        if pressed and given is not None:
            with guarded():
                try:
                    table = pd.read_csv(io.BytesIO(given.read()))
                except ValueError as error:
                    raise InputError(f"{given.name} cannot be read as CSV.") from error
                chosen = most_informative(
                    ctx.workspace, prompts, table, count=int(count), mean=float(mean), spread=float(spread)
                )
                session_keys.JUDGE_SAID.set(
                    f"{chosen.prompts.name}: {counted(len(chosen.prompts), 'prompt')}. Standard error of an ability: "
                    f"{figure3(chosen.error)}, with all prompts {figure3(chosen.error_of_all)}."
                )
                turn_to_prompts(chosen.prompts.key)
                st.rerun()
