"""The server: the tools by their names, the gate that every answer and every error passes, and the loop on stdio."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import Any

from core import __version__
from core.errors import DiverscopeError, FeatureMissing, InputError
from core.mcp import corpus_tools, evidence_tools, job_tools, subset_tools
from core.mcp.answers import NOTICE, answered, shown

log = logging.getLogger("diverscope.mcp")

READS: tuple[Callable[..., dict[str, Any]], ...] = (
    corpus_tools.list_corpora,
    corpus_tools.describe_corpus,
    corpus_tools.read_rows,
    corpus_tools.list_strategies,
    corpus_tools.list_metrics,
    subset_tools.saved_subsets,
    subset_tools.describe_subset,
    subset_tools.why_row,
    subset_tools.compare_subsets,
    evidence_tools.evidence_summary,
    evidence_tools.correlate,
    evidence_tools.preview_scores,
    job_tools.job_status,
)
WRITES: tuple[Callable[..., dict[str, Any]], ...] = (
    subset_tools.choose_rows,
    subset_tools.measure_rows,
    job_tools.load_corpus,
    job_tools.compute_feature,
)
INSTRUCTIONS = (
    "Diverscope chooses rows of an instruction-tuning corpus by diversity, and compares it with the scores of real "
    "fine-tunes. Begin with list_corpora and describe_corpus. A subset is named by the digest of its row ids, and "
    "every measured value stands beside the mean and 95 % range of random subsets of the same size: a value in "
    "that range is what chance gives. What takes long is a job: ask job_status. " + NOTICE
)
# The kernels that use several threads, and the stores beside them, are used by one call at a time.
_COMPUTING = threading.Lock()


def serve() -> None:
    """Answer on standard input and output until the input ends. Raises :class:`InputError` without the SDK."""
    from core.workspace.artefacts import Workspace

    Workspace.default()  # a workspace that cannot be opened is said now, and not in every answer
    _server().run("stdio")


def _server() -> Any:
    """The SDK's server with every tool."""
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError as error:
        raise InputError(
            "The Model Context Protocol needs its SDK, which is not installed.",
            remedy="Run: pip install -r requirements-mcp.txt -c constraints.txt",
        ) from error
    server: Any = MCPServer(
        "diverscope",
        title="Diverscope",
        description="Choose instruction-tuning rows by diversity, and see whether the diversity predicts the score",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
    )
    for reads, tools in ((True, READS), (False, WRITES)):
        for tool in tools:
            annotations = ToolAnnotations(read_only_hint=reads, destructive_hint=False, open_world_hint=False)
            server.add_tool(_guarded(tool), annotations=annotations)
    return server


def _guarded(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """``tool`` behind the gate: one call computes at a time, its answer is made plain, its error is ours in words."""
    from mcp.server.mcpserver.exceptions import ToolError

    @functools.wraps(tool)
    def guarded(*args: Any, **named: Any) -> dict[str, Any]:
        try:
            with _COMPUTING:
                return answered(tool(*args, **named))
        except FeatureMissing as error:
            how = f'Call compute_feature with feature="{error.feature}", or see: {error.remedy}'
            raise ToolError(shown(f"{error.what} {how}", longest=2_000)) from error
        except DiverscopeError as error:
            raise ToolError(shown(str(error), longest=2_000)) from error

    return guarded
