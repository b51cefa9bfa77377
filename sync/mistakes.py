"""Loopwright's own mistakes, met at work: told by kind and place, never by what they were about.

The message of an exception may quote what a customer wrote, so only its type and where it was raised get any
further than here.
"""

from __future__ import annotations

import logging
import traceback
from types import FrameType

from connectors.errors import OutcomeUnknown

log = logging.getLogger("loopwright")

OURS = ("connectors", "rules", "sync")
_told: set[str] = set()
"""Which ones this process has logged in full."""


class Mistake(OutcomeUnknown):
    """Loopwright itself failed. Where that was a write, it may have gone out before."""


def met(connection: str, error: Exception) -> Mistake:
    """The mistake that an unforeseen exception shows; its traceback is logged when it is met first."""
    place = _place(error)
    message = f"{connection}: Loopwright itself failed ({type(error).__name__} in {place})"
    if place not in _told:
        _told.add(place)
        log.error("%s\n%s", message, "".join(traceback.format_tb(error.__traceback__)).rstrip())
    advice = "This is a mistake in Loopwright: please report it with the traceback that the log has of it."
    return Mistake(message, advice=advice)


def _place(error: Exception) -> str:
    """Module, function and line, the innermost of ours: others raise over what we gave them."""
    found = [_named(step, line) for step, line in traceback.walk_tb(error.__traceback__)]
    ours = [place for place in found if place.partition(".")[0] in OURS]
    return (ours or found)[-1]


def _named(frame: FrameType, line: int) -> str:
    return f"{frame.f_globals['__name__']}.{frame.f_code.co_name}, line {line}"
