"""Rules that are new look once at every item that is already known, so that nothing old fires later."""

from __future__ import annotations

from sync.decide import decide
from sync.engine import Engine
from sync.observe import again
from sync.store import items, truths


def baseline(engine: Engine) -> None:
    """Put the rules into force. Safe to repeat after a crash: what fired once has its key."""
    keys = [rule.key for rule in engine.rules.rules]
    with engine.store.write() as tx:
        truths.activate(tx, keys, engine.now())
        new = truths.unbaselined(tx) & set(keys)
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
