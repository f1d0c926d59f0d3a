"""Words of a text: exact where spaces part them, near a person's count where none do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.word_counts import word_count
from tests.corpora import corpus_of

# Sentences that a person parted into words.
CHINESE = [
    "我 昨天 在 图书馆 看 了 一 本 关于 历史 的 书",
    "请 用 简单 的 语言 解释 人工智能 是 如何 工作 的",
    "健康 的 早餐 应该 包括 水果 、 蔬菜 和 全麦 面包",
    "法国 的 首都 是 巴黎 ， 它 是 欧洲 最大 的 城市 之一",
]
JAPANESE = [
    "私 は 昨日 図書館 で 歴史 の 本 を 読み まし た",
    "東京 は 日本 の 首都 で 、 人口 が 最も 多い 都市 です",
    "ワクチン の 仕組み を 簡単 な 言葉 で 説明 し て ください",
    "毎朝 コーヒー を 飲み ながら 新聞 を 読む の が 好き です",
]


def by_hand(sentence: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in sentence.split())


@pytest.mark.parametrize("sentences", [CHINESE, JAPANESE])
def test_words_without_spaces_are_estimated_to_a_quarter_and_their_sum_to_a_seventh(sentences: list[str]) -> None:
    counts = [(by_hand(sentence), word_count(sentence.replace(" ", ""))) for sentence in sentences]
    assert all(abs(count - words) <= max(2, 0.25 * words) for words, count in counts), counts
    total = sum(words for words, _ in counts)
    assert abs(sum(count for _, count in counts) - total) <= 0.15 * total


@given(st.text(alphabet="ab é,.!한국어да ", max_size=80))
def test_a_text_with_spaces_has_the_words_that_spaces_part(text: str) -> None:
    assert word_count(text) == len(text.split())


def test_mixed_texts_count_both() -> None:
    assert word_count("Python 是一种编程语言 (programming language)") == 3 + word_count("是一种编程语言")
    assert word_count("你好，世界！") == 2
    assert word_count("สวัสดีครับ ขอบคุณมาก") >= 3
    assert word_count("") == 0
    assert word_count("。") == 1  # a sign alone, as before


def test_the_report_of_a_chinese_corpus_counts_words(tmp_path) -> None:
    rows: list[dict[str, object]] = [
        {"instruction": f"{sentence.replace(' ', '')}{place}", "output": sentence.replace(" ", "") * 5}
        for place, sentence in enumerate(CHINESE)
    ]
    _, corpus = corpus_of(tmp_path, rows)
    assert corpus.report["lengths"]["response"]["words"]["median"] > 40
    assert corpus.report["words_version"] == 2
