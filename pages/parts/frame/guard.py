"""Errors on a page: shows the message and what to do about it, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime.runtime import RuntimeState

from core.errors import Cancelled, DiverscopeError, FeatureMissing
from pages.parts.frame.plain_text import plain

log = logging.getLogger("diverscope")


@contextmanager
def guarded() -> Iterator[None]:
    """Run a block; a :class:`DiverscopeError` is shown as a message, any other error briefly, with a log entry."""
    try:
        yield
    except Cancelled as error:
        st.info(plain(error.what))
    except FeatureMissing as error:
        st.info(f"**{plain(error.what)}** {plain(error.remedy)}")
    except DiverscopeError as error:
        log.info("shown to the user: %s", error, exc_info=True)
        st.error(f"**{plain(error.what)}** {plain(error.remedy)}")
    except Exception:
        if _stopping():
            return  # the page was still being drawn when the server stopped: nobody can read a message
        log.exception("an error that no message was written for")
        st.error("**This did not work, and no message was written for it.** The server's log has the details.")


def _stopping() -> bool:
    """Whether the server is shutting down: then imports and threads fail through no fault of the page."""
    return runtime.exists() and runtime.get_instance().state in (RuntimeState.STOPPING, RuntimeState.STOPPED)
