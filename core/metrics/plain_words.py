"""What each metric says, in one or two plain sentences: read before the formula, by people who choose rows."""

from __future__ import annotations

NATS = "0.69 more is as even as twice as many of them in equal shares (counted in nats)."
BITS = "Counted in bits: 1 bit more is twice as many choices."

PLAIN: dict[str, str] = {
    "sl": (
        "How long a row is on average. Diverse subsets tend to be long ones, so look at it beside every other number."
    ),
    "rows": "How many rows there are.",
    "tokens": "How much text there is: what a training run has to read.",
    "ie": (
        "How evenly the text is spread over the vocabulary: high if many tokens are used about equally often, low if "
        f"a few are used all the time. {NATS}"
    ),
    "kurtosis": "Whether the text leans on a few tokens: high if the commonest make up most of it.",
    "gini": ("How unequally the tokens are used: 0 if all are used equally often, near 1 if a few make up nearly all."),
    "types": (
        "The share of the corpus's middling tokens, neither very common nor rare, that occur in these rows at all."
    ),
    "cluster_coverage": "The share of the corpus's topics (clusters) of which there is at least one row.",
    "tag_coverage": "The share of the corpus's tags that at least one row carries.",
    "tag_ratio": "How rarely tags repeat from row to row.",
    "tag_entropy": f"How evenly the rows are spread over the tags: high if no tag dominates. {NATS}",
    "source_entropy": f"How evenly the rows are spread over the sources: high if no source dominates. {NATS}",
    "category_entropy": f"How evenly the rows are spread over the categories: high if no category dominates. {NATS}",
    "ed": "How different two rows are on average, by the angle between their embeddings.",
    "distsum_l2": "How far apart two rows are on average in the space of the embeddings.",
    "radius": "How widely the rows spread around their middle, over all directions of the embeddings at once.",
    "novelsum": (
        "How much new each row adds to the others: near neighbours count most, and distances in crowded regions count "
        "more."
    ),
    "knn": "How far each row is from its nearest other row: near 0 if most rows have a near-copy.",
    "facility_location": (
        "How far a row of the pool is, on average, from the nearest row of this subset: low if the subset represents "
        "the pool well."
    ),
    "vendi": (
        "How many really different rows these are worth: 1 if all are alike, their number if none is like another."
    ),
    "log_det": (
        "The volume that the rows span in the space of the embeddings: it grows with each row that points in a new "
        "direction."
    ),
    "inertia": "How widely rows of one topic scatter around the topic's middle, after the rows were grouped anew.",
    "partition_entropy": (
        f"How evenly the rows fill the regions of the pool's embedding space: high if no region dominates. {BITS}"
    ),
    "nr": "How rarely short phrases of one to four tokens repeat.",
    "distinct_n": "The share of phrases of one length that are not repeats.",
    "ead": (
        "How many different tokens there are, against how many that much text would have if tokens were drawn evenly."
    ),
    "self_repetition": (
        "How often whole phrases of a row come back in other rows: templates make it high. 0.69 more is about twice as "
        "often (counted in nats)."
    ),
    "cr": "How well the text can be compressed: repetition makes it high.",
    "bl": "How well each row can be pieced together from phrases of the others: templates make it high.",
    "rouge_l": "How much two rows have in common on average, word by word in the same order.",
    "ttr": "How many different tokens a stretch of 30 tokens of a row has.",
    "vocd_d": "How rich the vocabulary of a row is, corrected for its length; short rows are left out.",
    "hdd": (
        "How likely it is to meet each of a row's words again in 42 words drawn from it: high if the vocabulary is "
        "rich."
    ),
    "mtld": "How many tokens one can read in a row before its words begin to repeat.",
    "mattr": "How many different tokens a stretch of 50 tokens of a row has, averaged over all such stretches.",
    "pos_templates": "The share of rows that are built after a sentence pattern that many rows share.",
    "inter_domain": "How far the domains are from each other, by the middle of each one's embeddings.",
    "intra_domain": "How widely the rows of one domain scatter around its middle.",
    "domain_js": (
        "How different the wording of two domains is: 0 if they use the same tokens equally often, 1 if they share "
        "none."
    ),
    "dcscore": "How many rows there are that a row could not be mistaken for: 1 if all say the same.",
    "domain_renyi": (
        "How different the wording of two domains is, where a knob says whether rare or frequent tokens count more."
    ),
}


def in_plain_words(metric: str) -> str:
    """What the metric named ``metric`` says; "" for a metric of one's own."""
    return PLAIN.get(metric, "")
