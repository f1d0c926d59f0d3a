"""The compression ratio: how far a general compressor shrinks the rows written one after the other."""

from __future__ import annotations

import gzip
import lzma

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.row_order import content_order
from core.parameters import Parameter


def _compression_ratio(measuring: Measuring) -> Reading:
    """Bytes before over bytes after. O(bytes).

    The rows are joined by newlines in the order of hash(seed, text). gzip looks back only 32 KiB, so the value would
    change with the order of the upload (one source after the other), or of ids that hash more than this text.
    """
    rows = [text.encode("utf-8", errors="surrogatepass") for text in measuring.view.text]
    data = b"\n".join(rows[row] for row in content_order(rows, seed=measuring.seed))
    if not any(rows):
        return undefined("these rows have no text")
    if measuring.parameters["compressor"] == "gzip":
        packed = len(gzip.compress(data, compresslevel=9, mtime=0))
    else:
        packed = len(lzma.compress(data, format=lzma.FORMAT_XZ, preset=6))
    return Reading(value=len(data) / packed, detail={"bytes": len(data), "bytes compressed": packed})


METRICS = (
    Metric(
        name="cr",
        title="Compression ratio (CR)",
        family="lexical",
        direction=-1,
        formula="bytes / compressed bytes of the rows joined by newlines in the order of a hash of their text; gzip at "
        "level 9, or xz. Compressed once (a widespread implementation compresses twice). "
        "Below 1 where the header outweighs the text.",
        source="From Macro to Micro (2505.24768) Table 1; Shaib et al. 2024 (2403.00553). Reconstruction.",
        measure=_compression_ratio,
        needs=lambda parameters: ("text",),
        parameters=(
            Parameter(
                name="compressor",
                title="Compressor",
                kind="choice",
                choices=("gzip", "xz"),
                default="gzip",
                help="gzip sees repetition within 32 KiB, xz within megabytes: xz finds more of it, and is slower.",
            ),
        ),
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
        cost="O(bytes)",
        version=2,
    ),
)
