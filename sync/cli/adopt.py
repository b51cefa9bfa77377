"""``adopt`` and ``unlink``: links between items that are both there, made and taken apart by a person."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from config.settings import Settings
from sync import adopting, tying
from sync.adopting import Judged, NoPairs, Verdict
from sync.app import open_app
from sync.cli.wording import as_json, count, tell


def adopt(config: Path | None, file: Path, *, yes: bool, json: bool) -> bool:
    """Whether every pair is linked, or would be."""
    try:
        pairs = adopting.read(file.name, file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NoPairs(f"{file} cannot be read: {error}") from error
    app = open_app(Settings.load(config))
    try:
        if yes:
            found = adopting.adopt(app.store, app.engine.rules, pairs, time.time())
        else:
            found = adopting.plan(app.store, app.engine.rules, pairs)
    finally:
        app.close()
    if json:
        tell(as_json({"done": yes, "pairs": [_as_row(one) for one in found]}))
    else:
        _tell(found, yes=yes)
    return all(one.verdict is not Verdict.CANNOT for one in found)


def _as_row(one: Judged) -> dict[str, JsonValue]:
    return {
        "verdict": one.verdict.name.lower(),
        "place": one.place,
        "text": one.text,
        "differs": [*one.differs],
    }


def _tell(found: Sequence[Judged], *, yes: bool) -> None:
    for one in found:
        verdict = "linked" if yes and one.verdict is Verdict.LINKS else one.verdict.value
        tell(f"{one.place}: {verdict}: {one.text}", hang=2)
        for differs in one.differs:
            tell(f"  differs, and stays as it is at both ends: {differs}", hang=2)
    counts = Counter(one.verdict for one in found)
    linked, known, not_linked = (counts[one] for one in Verdict)
    tell(
        f"{count(linked, 'pair')} {'' if yes else 'to be '}linked, {known} linked already, "
        f"{not_linked} not linked"
    )
    if linked and not yes:
        tell("  nothing is done yet: --yes links them; nothing is created, and no older comment is carried")


def unlink(config: Path | None, one: str, other: str) -> None:
    app = open_app(Settings.load(config))
    try:
        here, there = tying.unlink(app.store, app.engine.rules, one, other, time.time())
    finally:
        app.close()
    tell(f"{here.ref} and {there.ref} are no longer linked; both stay as they are, and are not linked again")
