"""Rules that are new look once at every item that is already known, so that nothing old fires later."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.model import Ref
from sync import capping, pausing
from sync.decide import decide
from sync.engine import Engine
from sync.observe import again
from sync.store import items, links, notices, truths
from sync.store.notices import Matter


def baseline(engine: Engine) -> None:
    """Put the rules into force. Safe to repeat after a crash: what fired once has its key."""
    keys = [rule.key for rule in engine.rules.rules]
    with engine.store.write() as tx:
        truths.activate(tx, keys, engine.now())
        new = truths.unbaselined(tx) & set(keys)
        _tell_orphans(tx, engine)
        pausing.appoint(tx, engine.switch, engine.now())
        capping.reconsider(tx, engine.rules, engine.caps, engine.now())
    if not new:
        return
    last = ("", "")
    while True:
        with engine.write() as tx:
            known = items.after(tx, last)
            for stored in known:
                decide(tx, engine.rules, again(stored), now=engine.now())
            if not known:
                truths.mark_baselined(tx, new)
                return
        last = (known[-1].item.ref.connection, known[-1].item.ref.id)


def _tell_orphans(tx: Connection, engine: Engine) -> None:
    """Mirrors whose rule was renamed or removed are no longer kept in sync: nobody should have to guess."""
    notices.withdraw_all(tx, Matter.ORPHANED)
    for (rule, action), number in links.by_action(tx).items():
        if engine.rules.keep(rule, action) is None:
            text = (
                f"{number} mirrors were made by rule {rule} ({action}), which is no longer there; they stay "
                "as they are. Bring the rule back, or give one that makes the same mirrors backfill: true"
            )
            notices.tell(tx, Matter.ORPHANED, Ref(connection="", id=rule), action, text, engine.now())
