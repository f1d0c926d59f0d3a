"""Judging answers: two models' answers to the same prompts, compared by a language model after Arena-Hard."""
