"""Texts that a local model writes: the same as one at a time, seeded, resumed, ended where the model ends."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.device import blocks_of
from core.errors import Cancelled, InputError
from core.features import chunks
from core.features.models import generate
from core.features.models.causal import Causal, load_causal
from core.features.models.files import find_model
from core.features.models.generate import Writing, generate_texts
from tests.tiny_models import tiny_model

ASKED = ["Write a line about rivers", "number", "Write about care with words and lines " * 3, "line"]


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Causal:
    return load_causal(find_model(tiny_model(tmp_path_factory.mktemp("model"))), device="cpu")


def one_by_one(causal: Causal, text: str, count: int, *, temperature: float = 0.0, seed: int = 0) -> list[int]:
    """The slow twin: one text, no batch, no cache."""
    head = [] if causal.begin is None else [causal.begin]
    ids = [*head, *causal.encode([text + "\n"])[0].tolist()]
    start = len(ids)
    for step in range(count):
        with torch.inference_mode():
            logits = causal.model(input_ids=torch.tensor([ids])).logits[0, -1].float().numpy()
        if temperature:
            rng = np.random.default_rng([generate._seed(seed, text), step])
            logits = logits / temperature + rng.gumbel(size=len(logits)).astype(np.float32)
        ids.append(int(logits.argmax()))
    return ids[start:]


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_text_is_that_of_the_model_alone(causal: Causal, tmp_path: Path, temperature: float) -> None:
    writing = Writing(temperature=temperature, max_new_tokens=12, seed=3)
    made = generate_texts(causal, ASKED, writing, partial=tmp_path / "p")
    tokenizer = generate._chat_tokenizer(causal)
    for text, written in zip(ASKED, made, strict=True):
        expected = one_by_one(causal, text, 12, temperature=temperature, seed=3)
        assert written.text == tokenizer.decode(expected, skip_special_tokens=True).strip()
        assert written.tokens == 12 and written.cut


def test_batches_and_their_order_change_nothing(causal: Causal, tmp_path: Path) -> None:
    writing = Writing(temperature=1.0, max_new_tokens=8, seed=1)
    whole = generate_texts(causal, ASKED, writing, partial=tmp_path / "a")
    with blocks_of(1):
        single = generate_texts(causal, ASKED[::-1], writing, partial=tmp_path / "b")
    assert whole == single[::-1]
    other = generate_texts(causal, ASKED, Writing(temperature=1.0, max_new_tokens=8, seed=2), partial=tmp_path / "c")
    assert other != whole


def test_draws_follow_the_models_probabilities(causal: Causal, tmp_path: Path) -> None:
    """The first token of many seeds against softmax(logits / T), by chi-square."""
    from scipy import stats

    text, temperature, draws = "line", 0.5, 600
    head = [] if causal.begin is None else [causal.begin]
    ids = torch.tensor([[*head, *causal.encode([text + "\n"])[0].tolist()]])
    with torch.inference_mode():
        logits = causal.model(input_ids=ids).logits[0, -1].float().numpy()
    rates = np.exp(logits / temperature - (logits / temperature).max())
    rates /= rates.sum()
    drawn = []
    for seed in range(draws):
        processor = generate._Drawing(temperature, [generate._seed(seed, text)], start=ids.shape[1])
        drawn.append(int(processor(ids, torch.from_numpy(logits)[None]).argmax()))
    common = np.argsort(-rates)[:10]
    seen = np.array([drawn.count(token) for token in common.tolist()] + [0])
    seen[-1] = draws - seen.sum()
    expected = np.append(rates[common], 1 - rates[common].sum()) * draws
    assert stats.chisquare(seen, expected).pvalue > 1e-3


def test_a_stopped_run_goes_on_where_it_was(causal: Causal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "EVERY", 0.0)
    writing = Writing(max_new_tokens=6)
    texts = [f"{word} {number}" for number in range(12) for word in ("line", "care")]
    whole = generate_texts(causal, texts, writing, partial=tmp_path / "whole")
    passes: list[int] = []
    write = generate._write

    def counted(*given: object) -> object:
        passes.append(len(given[1]))  # type: ignore[arg-type]
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(generate, "_write", counted)

    def stop(done: float, total: float, note: str = "") -> None:
        if len(passes) >= 3:
            raise Cancelled

    with blocks_of(60):
        with pytest.raises(Cancelled):
            generate_texts(causal, texts, writing, partial=tmp_path / "p", progress=stop)
        before = sum(passes[:2])
        passes.clear()
        assert generate_texts(causal, texts, writing, partial=tmp_path / "p") == whole
    assert before > 0 and sum(passes) <= len(texts) - before


def test_a_chat_template_is_used_where_there_is_one_and_ends_count(tmp_path: Path) -> None:
    folder = Path(tiny_model(tmp_path / "chat"))
    template = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}[assistant]"
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": template}))
    causal = load_causal(find_model(str(folder)), device="cpu")
    tokenizer = generate._chat_tokenizer(causal)
    with_system = Writing(max_new_tokens=4, system="Be brief.")
    (ids,) = generate._prompts(causal, tokenizer, ["Hello"], with_system)
    assert tokenizer.decode(ids) == "[system] Be brief.\n[user] Hello\n[assistant]"
    (plain,) = generate._prompts(causal, tokenizer, ["Hello"], Writing(template="none"))
    assert tokenizer.decode(plain) == "<s>Hello\n"
    (first,) = generate_texts(causal, ["Hello"], Writing(max_new_tokens=6, template="none"), partial=tmp_path / "a")
    assert first.cut
    ids = one_by_one(causal, "Hello", 6)
    causal.model.generation_config.eos_token_id = ids[2]  # the model now ends with its third token
    (ended,) = generate_texts(causal, ["Hello"], Writing(max_new_tokens=6, template="none"), partial=tmp_path / "b")
    assert not ended.cut and ended.tokens == ids.index(ids[2])
    load_causal.__globals__["_load"].cache_clear()


def test_a_template_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    folder = Path(tiny_model(tmp_path / "chat"))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    for template in ("{{ raise_exception('no') }}", "{% for x in %}", "{{ ''.__class__.__mro__ }}"):
        (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": template}))
        causal = load_causal(find_model(str(folder)), device="cpu")
        with pytest.raises(InputError, match="chat template"):
            generate_texts(causal, ["Hello"], Writing(max_new_tokens=4), partial=tmp_path / "p")


def test_what_cannot_be_written_is_refused(causal: Causal, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="do not fit"):
        generate_texts(causal, ["a"], Writing(max_new_tokens=250), partial=tmp_path / "p")
    with pytest.raises(InputError, match="temperature"):
        Writing(temperature=-1)
    with pytest.raises(InputError, match="template"):
        Writing(template="chatml")
    long = generate_texts(causal, ["word " * 3_000], Writing(max_new_tokens=4), partial=tmp_path / "long")
    assert long[0].tokens <= 4


def test_draws_of_one_instruction_differ_and_come_with_their_log_probability(causal: Causal, tmp_path: Path) -> None:
    """Draw k equals the text of seed + k, and its log-probability the sum of those of its tokens, one at a time."""
    writing = Writing(temperature=0.9, max_new_tokens=7, seed=5)
    made = generate_texts(causal, ["line"] * 3, writing, partial=tmp_path / "p", draws=[0, 1, 2])
    assert len({written.text for written in made}) == 3
    for number, written in enumerate(made):
        ids = one_by_one(causal, "line", 7, temperature=0.9, seed=5 + number)
        whole = [*([] if causal.begin is None else [causal.begin]), *causal.encode(["line\n"])[0].tolist(), *ids]
        with torch.inference_mode():
            told = causal.model(input_ids=torch.tensor([whole])).logits[0].float().log_softmax(dim=1)
        start = len(whole) - len(ids)
        expected = sum(float(told[start + step - 1, token]) for step, token in enumerate(ids))
        assert written.log_probability == pytest.approx(expected, abs=1e-3)
    (plain,) = generate_texts(causal, ["line"], writing, partial=tmp_path / "q")
    assert plain.text == made[0].text and plain.log_probability is None
