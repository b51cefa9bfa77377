"""Taking back what was written, one write or those of a run, with a plan first.

What people have done since is never undone: a field that shows another value by now, an item that somebody
edited or commented. Taking back is a write like any other, sent once, with a reason that can be asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.abilities import EditsComments, HidesComments, RetiresItems
from connectors.errors import NotFound, Rejected
from connectors.model import Audience, Item, JsonValue, Patch, Ref
from connectors.protocol import Connector
from rules.fields import ASSIGNEE
from sync import tying
from sync.engine import Engine
from sync.merge import value_of
from sync.observe import target_of
from sync.store import effects, items, journal, links, moves, runs
from sync.store.effects import Effect, Kind, State
from sync.store.journal import Entry
from sync.wording import UNDONE

_PEOPLES = ("title", "body", "labels", "priority", ASSIGNEE)


class NothingToUndo(Exception):
    """There is no such write or run: the message says what there is."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one write."""

    effect: Effect
    text: str
    done: bool = True
    """Whether it can be taken back at all."""
    kind: Kind = Kind.UPDATE
    payload: Mapping[str, JsonValue] = field(default_factory=dict)


def plan(engine: Engine, name: str) -> list[Step]:
    """What would be taken back, the latest first. Raises NothingToUndo."""
    with engine.store.read() as view:
        return [_step(view, engine, effect) for effect in _named(view, name)]


def undo(engine: Engine, name: str) -> list[Step]:
    """Enqueue it; what that is. Raises NothingToUndo."""
    with engine.store.write() as tx:
        steps = [_step(tx, engine, effect) for effect in _named(tx, name)]
        for step in steps:
            if step.done:
                _enqueue(tx, engine, step)
        return steps


def _named(view: Connection, name: str) -> list[Effect]:
    if name.startswith("run-") and name.removeprefix("run-").isdigit():
        ids = runs.written(view, int(name.removeprefix("run-")))
    else:
        ids = [int(name)] if name.isdigit() else []
    found = [effect for id in sorted(ids, reverse=True) if (effect := effects.get(view, id))]
    if not found:
        raise NothingToUndo(
            f"nothing was written as '{name}': write the number of a write, which loopwright why ITEM tells, "
            "or of a run, as in run-3\n  loopwright undo lists the latest runs"
        )
    return found


# -- judging ---------------------------------------------------------------------------------------------


def _step(view: Connection, engine: Engine, effect: Effect) -> Step:
    if effect.state is not State.DONE or effect.receipt is None:
        return _refused(effect, f"it is {effect.state}, not done; loopwright skip gives up what waits")
    if effects.by_key(view, _key(effect)):
        return _refused(effect, "it is undone already")
    match effect.kind:
        case Kind.CREATE:
            return _uncreate(view, engine, effect, effect.receipt)
        case Kind.UPDATE:
            return _put_back(view, effect, effect.receipt)
        case Kind.COMMENT:
            return _take_back_comment(view, engine, effect, effect.receipt)
        case _:
            return _refused(effect, f"{effect.kind} cannot be undone")


def _now(view: Connection, ref: Ref) -> Ref:
    """The item by the id that it has now."""
    return moves.heir(view, ref) or ref


def _refused(effect: Effect, why: str) -> Step:
    return Step(effect, why, done=False)


def _key(effect: Effect) -> str:
    return f"undo:{effect.id}"


def _uncreate(view: Connection, engine: Engine, effect: Effect, receipt: Mapping[str, JsonValue]) -> Step:
    stored = items.get(view, _now(view, Ref(connection=effect.connection, id=str(receipt["id"]))))
    if stored is None:
        return _refused(effect, "what it created has not been seen since")
    ref = stored.item.ref
    if not issubclass(engine.fleet.specs[effect.connection].type, RetiresItems):
        return _refused(effect, f"{effect.connection} lets no program take an item away")
    if touched := next(_peoples_marks(view, ref, effect), ""):
        return _refused(effect, f"{ref} {touched}: take it away yourself if it is to go")
    payload: dict[str, JsonValue] = {"ref": ref.model_dump(), "unless_edited": _print_of(stored.item)}
    return Step(effect, f"{ref} is taken away, and its link is cut", kind=Kind.RETIRE, payload=payload)


def _print_of(item: Item) -> str:
    """A hash of what people change of an item that they mean to keep."""
    values = [value_of(item, name) for name in _PEOPLES]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _peoples_marks(view: Connection, ref: Ref, effect: Effect) -> Iterator[str]:
    """What people have done to the item since we made it."""
    if any(not one.ours for one in items.comments_of(view, ref).values()):
        yield "has comments of people"
    for line in journal.of(view, ref, limit=10_000):
        seen = line.detail.get("fields")
        if line.kind is Entry.OBSERVED and line.effect is None and seen and seen != ["created"]:
            assert isinstance(seen, list)  # noqa: S101 - written by observe
            yield f"was edited by people since ({', '.join(map(str, seen))})"


def _put_back(view: Connection, effect: Effect, receipt: Mapping[str, JsonValue]) -> Step:
    before, after = receipt.get("before"), receipt.get("after")
    ref = _now(view, Ref.model_validate(effect.payload["ref"]))
    stored = items.get(view, ref)
    if stored is None or not isinstance(before, dict) or not isinstance(after, dict):
        return _refused(effect, "what was there before was not kept")
    now, patch = stored.item, Patch.model_validate(effect.payload["patch"])
    mine = {name: value for name, value in before.items() if value_of(now, name) == after.get(name)}
    left = sorted(before.keys() - mine.keys())
    added = tuple(one for one in _texts(receipt.get("added")) if one in now.labels)
    removed = tuple(one for one in _texts(receipt.get("removed")) if one not in now.labels)
    back = Patch(fields=mine, add_labels=removed, remove_labels=added, original=patch.original)
    if not (mine or added or removed):
        return _refused(effect, f"{now.ref} was changed since: {', '.join(left) or 'its labels'}")
    names = ", ".join([*sorted(mine), *(["labels"] if added or removed else [])])
    but = f"; changed since and left alone: {', '.join(left)}" if left else ""
    expects: dict[str, JsonValue] = {name: after[name] for name in mine}
    payload = {"ref": ref.model_dump(), "patch": back.model_dump(mode="json"), "expects": expects}
    return Step(effect, f"{now.ref}: {names} as before{but}", payload=payload)


def _texts(value: JsonValue) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _take_back_comment(
    view: Connection, engine: Engine, effect: Effect, receipt: Mapping[str, JsonValue]
) -> Step:
    ref, id = _now(view, Ref.model_validate(effect.payload["ref"])), str(receipt["comment"])
    stored = items.comment(view, ref, id)
    if stored is None:
        return _refused(effect, "the comment has not been seen since")
    type_ = engine.fleet.specs[effect.connection].type
    shown = stored.comment.audience is not Audience.INTERNAL
    if not issubclass(type_, EditsComments) and not (shown and issubclass(type_, HidesComments)):
        return _refused(effect, f"{effect.connection} lets no program take a comment back")
    goes = "goes" if issubclass(type_, EditsComments) else "becomes internal"
    payload: dict[str, JsonValue] = {
        "ref": ref.model_dump(),
        "comment": id,
        "carries": effect.payload.get("carries"),
        "shown": shown,
        "body": UNDONE,
        "instead": "",
        "audience": Audience.INTERNAL.value,
        "unless_edited": items.version(stored.comment),
    }
    key = items.key_of(view, ref) or str(ref)
    return Step(effect, f"the comment on {key} {goes}", kind=Kind.WITHDRAW, payload=payload)


# -- doing -----------------------------------------------------------------------------------------------


def _enqueue(tx: Connection, engine: Engine, step: Step) -> None:
    effect, ref = step.effect, Ref.model_validate(step.payload["ref"])
    stored = items.get(tx, ref)
    if step.kind is Kind.RETIRE and effect.link is not None:
        tying.take_apart(tx, engine.rules, links.get(tx, effect.link), engine.now())
    effects.add(
        tx,
        key=_key(effect),
        connection=ref.connection,
        target=target_of(ref),
        kind=step.kind,
        payload=step.payload,
        origin={
            "rule": "",
            "action": "",
            "place": "",
            "reason": f"write {effect.id} is undone by a person",
        },
        cause=stored.observation if stored else 0,
        link=effect.link if step.kind is Kind.WITHDRAW and effect.payload.get("carries") else None,
    )


def retire(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> None:
    """Take an item of ours away, unless somebody has come to it since we looked. Raises Rejected.

    Doing it again does nothing.
    """
    if not isinstance(connector, RetiresItems):
        raise Rejected(f"{ref.connection} lets no program take an item away")
    with engine.store.read() as view:
        ours = {id for id, one in items.comments_of(view, ref).items() if one.ours}
    try:
        seen, said = connector.get(ref).item, connector.comments(ref)
    except NotFound:
        return
    if seen.deleted:
        return
    edited = _print_of(seen) != effect.payload["unless_edited"]
    if edited or any(one.marker is None and one.id not in ours for one in said):
        raise Rejected(f"{ref} was edited or commented by somebody", advice="Nothing was taken away.")
    connector.retire(ref)


def check_unedited(connector: Connector, effect: Effect, ref: Ref) -> None:
    """A comment that somebody gave other words is not taken back. Raises Rejected."""
    version = effect.payload.get("unless_edited")
    if version is None:
        return
    found: Sequence[str] = [
        items.version(one) for one in connector.comments(ref) if one.id == effect.payload["comment"]
    ]
    if found and found[0] != version:
        raise Rejected(f"the comment on {ref} was edited by somebody meanwhile", advice="It was left alone.")
