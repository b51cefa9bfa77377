"""Making writes: one, or several of a kind in one request where the tool can. Each has its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Protocol, TypeAlias

from pydantic import TypeAdapter
from sqlalchemy import Connection

from connectors.abilities import (
    CreatesMany,
    EditsComments,
    GetsMany,
    HidesComments,
    ReadsBodiesApart,
    UpdatesMany,
)
from connectors.errors import Conflict, ConnectorError, Forbidden, NotFound, Rejected
from connectors.model import Audience, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.protocol import Connector
from connectors.text.merging import same
from sync import attach, receipt, undoing
from sync.engine import Engine
from sync.mentions import settled, settled_draft, settled_patch
from sync.merge import value_of
from sync.receipt import DELETED, HIDDEN, REPLACED, TOLD
from sync.store import items
from sync.store.effects import Effect, Kind, State

Outcome: TypeAlias = Callable[[Connection], None]
"""What a try came to, to be stored in the transaction that it is given."""
Result: TypeAlias = Outcome | ConnectorError


def most_together(connector: Connector, effect: Effect) -> int:
    """How many effects like this one a single request can make; 1 where it has to go alone."""
    # Whoever was in trouble before might take the others along.
    if effect.state is not State.PENDING or effect.lost is not None:
        return 1
    match effect.kind:
        case Kind.CREATE if isinstance(connector, CreatesMany):
            return connector.most_created
        # A merged field is looked at just before it is written, so that one goes alone.
        case Kind.UPDATE if isinstance(connector, UpdatesMany) and not effect.payload.get("expects"):
            return min(connector.most_updated, connector.most_read) if isinstance(connector, GetsMany) else 1
        case _:
            return 1


def send(engine: Engine, connector: Connector, effect: Effect) -> Outcome:
    """Make the write. Raises what the connector raises."""
    match effect.kind:
        case Kind.CREATE:
            draft = settled_draft(engine, connector, draft_of(effect))
            _stay_within(effect, connector.audience(draft.container), draft.container)
            created = connector.create(draft)
            return lambda tx: receipt.created(tx, engine, effect, created)
        case Kind.UPDATE:
            patch = Patch.model_validate(effect.payload["patch"])
            ref = address(engine, effect)
            _expect(engine, connector, effect, ref, patch)
            sent = settled_patch(engine, connector, patch)
            updated = _updated(engine, connector, ref, sent) if patch != Patch() else None
            return lambda tx: receipt.updated(tx, engine, effect, ref, patch, updated)
        case Kind.COMMENT:
            ref = address(engine, effect)
            comment = connector.comment(ref, comment_draft_of(engine, connector, effect))
            return lambda tx: receipt.commented(tx, engine, effect, ref, comment)
        case Kind.EDIT:
            return _edit(engine, connector, effect, address(engine, effect))
        case Kind.WITHDRAW:
            ref = address(engine, effect)
            undoing.check_unedited(connector, effect, ref)
            return _withdraw(engine, connector, effect, ref)
        case Kind.RETIRE:
            ref = address(engine, effect)
            undoing.retire(engine, connector, effect, ref)
            return lambda tx: receipt.retired(tx, engine, effect, ref)
        case Kind.FILE:
            return attach.send(engine, connector, effect, address(engine, effect))


def _edit(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> Outcome:
    """Give a copy its new text. Where somebody deleted it meanwhile, it stays deleted."""
    if not isinstance(connector, EditsComments):
        said = connector.comment(ref, follow_up_of(engine, connector, effect))
        return lambda tx: receipt.edited(tx, engine, effect, ref, said)
    copy = str(effect.payload["comment"])
    try:
        comment = connector.edit_comment(ref, copy, comment_draft_of(engine, connector, effect))
    except NotFound:
        if any(one.id == copy for one in connector.comments(ref)):
            raise
        return lambda tx: receipt.edited(tx, engine, effect, ref, None)
    return lambda tx: receipt.edited(tx, engine, effect, ref, comment)


def _withdraw(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> Outcome:
    """Have a copy go, as far as its tool allows. Doing the same once more changes nothing."""
    copy, shown = str(effect.payload["comment"]), bool(effect.payload["shown"])
    if isinstance(connector, EditsComments):
        how = _deleted(connector, effect, ref, copy)
        return lambda tx: receipt.withdrawn(tx, engine, effect, ref, how)
    if shown and not isinstance(connector, HidesComments):
        return lambda tx: receipt.stays(tx, engine, effect, ref)
    if shown and isinstance(connector, HidesComments):
        connector.hide_comment(ref, copy)
    if not effect.payload["instead"]:
        return lambda tx: receipt.withdrawn(tx, engine, effect, ref, HIDDEN)
    said = connector.comment(ref, follow_up_of(engine, connector, effect))
    return lambda tx: receipt.withdrawn(tx, engine, effect, ref, TOLD, said)


def _deleted(connector: EditsComments, effect: Effect, ref: Ref, copy: str) -> str:
    """Delete a copy of ours; where that is not allowed, take its words away."""
    try:
        connector.delete_comment(ref, copy)
    except Forbidden:
        # Anybody may read that there is nothing to read.
        line = CommentDraft(body=str(effect.payload["body"]), audience=Audience.PUBLIC, marker=effect.marker)
        connector.edit_comment(ref, copy, line)
        return REPLACED
    return DELETED


def send_together(engine: Engine, connector: Connector, batch: Sequence[Effect]) -> list[Result]:
    """Make writes of one kind, each to an item of its own; what came of each, in their order."""
    if len(batch) > 1 and isinstance(connector, CreatesMany) and batch[0].kind is Kind.CREATE:
        return _create_together(engine, connector, batch)
    if len(batch) > 1 and isinstance(connector, UpdatesMany) and isinstance(connector, GetsMany):
        return _update_together(engine, connector, batch)
    return [_sent(engine, connector, effect) for effect in batch]


def _sent(engine: Engine, connector: Connector, effect: Effect) -> Result:
    try:
        return send(engine, connector, effect)
    except ConnectorError as error:
        return error


class _Creator(Connector, CreatesMany, Protocol): ...


def _create_together(engine: Engine, connector: _Creator, batch: Sequence[Effect]) -> list[Result]:
    results: dict[int, Result] = {}
    for effect in batch:
        if refusal := _refusal(connector, effect):
            results[effect.id] = refusal
    allowed = [effect for effect in batch if effect.id not in results]
    if len(allowed) == 1:
        # The way of single ones is the safer one: the tool may know a repetition by a key.
        results[allowed[0].id] = _sent(engine, connector, allowed[0])
    elif allowed:
        made = _made(engine, connector, allowed)
        results |= {effect.id: result for effect, result in zip(allowed, made, strict=True)}
    return [results[effect.id] for effect in batch]


def _refusal(connector: Connector, effect: Effect) -> ConnectorError | None:
    container = draft_of(effect).container
    try:
        _stay_within(effect, connector.audience(container), container)
    except ConnectorError as error:
        return error
    return None


def _made(engine: Engine, connector: _Creator, batch: Sequence[Effect]) -> list[Result]:
    try:
        drafts = [settled_draft(engine, connector, draft_of(effect)) for effect in batch]
        made = connector.create_many(drafts, engine.fleet.wait)
    except ConnectorError as error:
        return [error] * len(batch)
    return [
        one if isinstance(one, ConnectorError) else partial(_receive_ref, engine, effect, one)
        for effect, one in zip(batch, made, strict=True)
    ]


def _receive_ref(engine: Engine, effect: Effect, ref: Ref, tx: Connection) -> None:
    receipt.made(tx, engine, effect, ref)


class _Updater(Connector, UpdatesMany, GetsMany, Protocol): ...


def _update_together(engine: Engine, connector: _Updater, batch: Sequence[Effect]) -> list[Result]:
    """Change the items and read them back at once: what they then show is what we know of them."""
    wanted = [
        (effect, address(engine, effect), Patch.model_validate(effect.payload["patch"])) for effect in batch
    ]
    asked = [(ref, settled_patch(engine, connector, patch)) for _, ref, patch in wanted if patch != Patch()]
    errors, shown = _written(engine, connector, asked)
    results: list[Result] = []
    for effect, ref, patch in wanted:
        if patch != Patch() and (error := errors.get(ref)):
            results.append(error)
        else:
            results.append(partial(_receive_item, engine, effect, ref, patch, shown.get(ref)))
    return results


def _written(
    engine: Engine, connector: _Updater, asked: Sequence[tuple[Ref, Patch]]
) -> tuple[dict[Ref, ConnectorError], dict[Ref, Item]]:
    """What was refused, and what the others show now. Writing the same once more is harmless, so an item
    that could not be read back is written again."""
    refs = [ref for ref, _ in asked]
    try:
        done = connector.update_many(asked, engine.fleet.wait)
        errors = {ref: error for ref, error in zip(refs, done, strict=True) if error}
        shown = {seen.item.ref: seen.item for seen in connector.get_many([*({*refs} - {*errors})])}
    except ConnectorError as error:
        return dict.fromkeys(refs, error), {}
    for ref in {*refs} - {*errors} - {*shown}:
        errors[ref] = NotFound(f"{ref.connection}: {ref} was changed and cannot be read any more")
    return errors, shown


def _receive_item(
    engine: Engine, effect: Effect, ref: Ref, patch: Patch, item: Item | None, tx: Connection
) -> None:
    receipt.updated(tx, engine, effect, ref, patch, item)


def draft_of(effect: Effect) -> Draft:
    return Draft.model_validate(effect.payload["draft"])


def comment_draft_of(engine: Engine, connector: Connector, effect: Effect) -> CommentDraft:
    return _comment_draft(engine, connector, effect, str(effect.payload["body"]))


def follow_up_of(engine: Engine, connector: Connector, effect: Effect) -> CommentDraft:
    """The comment that says what another one was edited to, where the tool edits none."""
    return _comment_draft(engine, connector, effect, str(effect.payload["instead"]))


def _comment_draft(engine: Engine, connector: Connector, effect: Effect, text: str) -> CommentDraft:
    body = settled(engine, connector, text)
    audience = Audience(str(effect.payload["audience"]))
    original = effect.payload.get("original")
    return CommentDraft(
        body=body,
        audience=audience,
        original=str(original) if original else None,
        marker=effect.marker,
    )


REF = TypeAdapter(Ref)


def address(engine: Engine, effect: Effect) -> Ref:
    """The item to write to, by the key it has now: it may have moved since the effect was decided."""
    ref = REF.validate_python(effect.payload["ref"])
    with engine.store.read() as view:
        key = items.key_of(view, ref)
    return Ref(connection=ref.connection, id=ref.id, key=key) if key else ref


def _stay_within(effect: Effect, readers: Audience, container: str) -> None:
    """The last gate before a text leaves: it may not reach more people than it was written for."""
    text = Audience(str(effect.payload["audience"]))
    if not (effect.payload["publish"] or text.reaches(readers)):
        raise Rejected(
            f"{container} is read by the {readers} audience, but the text is for the {text} audience only",
            advice=f"write publish: true in rule {effect.origin['rule']} if that is meant",
        )


def _updated(engine: Engine, connector: Connector, ref: Ref, patch: Patch) -> Item:
    if isinstance(connector, ReadsBodiesApart) and (known := _known(engine, ref, patch.fields)):
        return connector.update_fields(known, patch)
    return connector.update(ref, patch)


def _known(engine: Engine, ref: Ref, fields: Collection[str]) -> Item | None:
    """The item as we know it, where its body is not among these fields. Nobody takes it in meanwhile: a
    write of ours is under way."""
    if "body" in fields:
        return None
    with engine.store.read() as view:
        stored = items.get(view, ref)
    return stored.item if stored else None


def _expect(engine: Engine, connector: Connector, effect: Effect, ref: Ref, patch: Patch) -> None:
    """Look before a merged field is written: an edit that we have not seen yet is not ours to overwrite."""
    expects = effect.payload.get("expects")
    if not isinstance(expects, dict) or not expects:
        return
    now = _now(engine, connector, ref, expects)
    for name, value in expects.items():
        if value_of(now, name) not in (value, patch.fields.get(name)):
            raise Conflict(f"{name} of {ref} was changed meanwhile")


def _now(engine: Engine, connector: Connector, ref: Ref, fields: Collection[str]) -> Item:
    """The item as it stands, as far as these fields go."""
    if isinstance(connector, ReadsBodiesApart) and (known := _known(engine, ref, fields)):
        return connector.get_fields(known)
    return connector.get(ref).item


def written(engine: Engine, connector: Connector, effect: Effect) -> Outcome | None:
    """What a change came to whose answer was lost, if the item shows it; ``None`` if it is to be made again.

    Making it again would change nothing. But before that the other end may move on: then what we wrote would
    be taken for the edit of somebody else, and both for a conflict.
    """
    if not effect.payload.get("expects"):
        return None
    patch, ref = Patch.model_validate(effect.payload["patch"]), address(engine, effect)
    sent = settled_patch(engine, connector, patch)
    now = _now(engine, connector, ref, sent.fields)
    fields = all(_holds(now, name, value) for name, value in sent.fields.items())
    labels = {*patch.add_labels} <= {*now.labels} and not {*patch.remove_labels} & {*now.labels}
    if not (fields and labels):
        return None
    return lambda tx: receipt.updated(tx, engine, effect, ref, patch, now)


def _holds(item: Item, name: str, value: JsonValue) -> bool:
    """Whether the item shows the value. Of a body counts how it reads, not how the tool puts it down."""
    return same(item.body, str(value)) if name == "body" else value_of(item, name) == value
