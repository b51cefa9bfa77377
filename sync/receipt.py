"""What follows from a write that happened: stored in one transaction with the receipt itself.

The tool's answer becomes the known state of the item, so that reading it again is no news; the base of
merged fields moves; and the rules and links look once more, since the world has changed by our own hand.
"""

from __future__ import annotations

import dataclasses

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Comment, Draft, File, Item, Patch, Ref
from connectors.text.merging import carried
from sync import readback, reconcile
from sync.decide import decide, settle_links
from sync.engine import Engine
from sync.merge import value_of
from sync.observe import News, again, unheard
from sync.store import effects, files, hints, items, journal, links, notices, pairs
from sync.store.effects import Effect, State
from sync.store.items import StoredItem
from sync.store.links import Base, Link
from sync.store.notices import Matter


def created(tx: Connection, engine: Engine, effect: Effect, item: Item, *, found: bool = False) -> None:
    """A mirror was made: the link is complete, and what came in at the source meanwhile is carried over.

    ``found`` where its answer was lost and it was looked up: people may have edited it since.
    """
    assert effect.link is not None  # noqa: S101 - an effect that creates belongs to its claim
    _done(tx, engine, effect, item.ref, {"key": item.ref.key, "url": item.url})
    links.complete(tx, effect.link, item.ref)
    link = links.get(tx, effect.link)
    draft, kept = Draft.model_validate(effect.payload["draft"]), effect.payload["kept"]
    assert isinstance(kept, dict)  # noqa: S101 - written by decide
    readback.put_bases(tx, link.id, draft, item, kept, touched=found)
    _store_own(tx, engine, effect, item, comments_known=not found)
    _ask_for_comments(tx, engine, link)


def made(tx: Connection, engine: Engine, effect: Effect, ref: Ref) -> None:
    """A mirror was made together with others: the link is complete, and the item is to be read back."""
    assert effect.link is not None  # noqa: S101 - an effect that creates belongs to its claim
    _done(tx, engine, effect, ref, {"key": ref.key})
    links.complete(tx, effect.link, ref)
    hints.add(tx, ref, due=engine.now())
    _ask_for_comments(tx, engine, links.get(tx, effect.link))


def _ask_for_comments(tx: Connection, engine: Engine, link: Link) -> None:
    """Now that there is a mirror to carry them to, the comments of the source are wanted."""
    source = items.get(tx, link.source)
    if source is None:
        return
    known = links.of(tx, link.source)
    if not source.comments_known and reconcile.wants_comments(engine.rules, known, link.source):
        hints.add(tx, source.item.ref, due=engine.now(), whole=False)
    if reconcile.carries_files(engine.rules, known, link.source):
        files.ask(tx, source.item.ref, due=engine.now())


def updated(
    tx: Connection, engine: Engine, effect: Effect, ref: Ref, patch: Patch, item: Item | None
) -> None:
    """Fields were written; ``item`` is what the tool says it now holds, ``None`` when nothing had to be.

    What we wrote is ours. What else differs from what we knew somebody did just before us: that is news.
    """
    before = items.get(tx, ref)
    _done(tx, engine, effect, ref, {}, undo=_undo(before.item, patch, item) if before and item else {})
    if item is None:
        if before:
            decide(tx, engine.rules, unheard(before), now=engine.now())
        return
    for name, value in patch.fields.items():
        # A body is shown in the tool's own look, which is not what was put there to the letter.
        if name != "body" and value_of(item, name) != value:
            text = f"{name} was set to {value!r}, but {item.ref} shows {value_of(item, name)!r}"
            notices.tell(tx, Matter.IGNORED, item.ref, name, text, engine.now())
    if effect.link is not None:
        _move_bases(tx, effect, item)
    own = _with_patch(before.item, patch, item) if before else item
    _store_own(tx, engine, effect, own, comments_known=False)
    stored = items.get(tx, item.ref)
    if stored and stored.digest != items.digest(item):
        _take_in(tx, engine, stored, item)


def _undo(before: Item, patch: Patch, after: Item) -> dict[str, JsonValue]:
    """What it takes to undo the change: the values that were there and that came, and whose labels moved."""
    return {
        "before": {name: value_of(before, name) for name in patch.fields},
        "after": {name: value_of(after, name) for name in patch.fields},
        "added": [one for one in patch.add_labels if one not in before.labels],
        "removed": [one for one in patch.remove_labels if one in before.labels],
    }


def _with_patch(before: Item, patch: Patch, after: Item) -> Item:
    """What we knew of the item and what we changed of it, in the tool's own words."""
    fields: dict[str, object] = {"ref": after.ref, "url": after.url, "updated": after.updated}
    custom = dict(before.custom)
    for name in patch.fields:
        if name.startswith("custom."):
            custom.pop(name.removeprefix("custom."), None)
            if (value := value_of(after, name)) is not None:
                custom[name.removeprefix("custom.")] = value
        else:
            fields[name] = getattr(after, name)
    if "status" in patch.fields:
        fields["closed"] = after.closed
    labels = (set(before.labels) | set(patch.add_labels)) - set(patch.remove_labels)
    return before.model_copy(update={**fields, "custom": custom, "labels": tuple(sorted(labels))})


def _take_in(tx: Connection, engine: Engine, stored: StoredItem, item: Item) -> None:
    """Somebody else's edit came back with the answer to our write."""
    now = engine.now()
    detail: dict[str, JsonValue] = {"via": "the answer to our write", "fields": [], "comments": []}
    observation = journal.write(tx, journal.Entry.OBSERVED, item.ref, detail, at=now)
    items.put(tx, item, observation=observation, written=stored.written, comments_known=False)
    news = dataclasses.replace(again(stored), item=item, observation=observation)
    decide(tx, engine.rules, news, now=now)


def commented(tx: Connection, engine: Engine, effect: Effect, ref: Ref, comment: Comment) -> None:
    """A comment was written: it is recorded as ours, and as the counterpart of the one it carries."""
    _done(tx, engine, effect, ref, {"comment": comment.id})
    items.put_comments(tx, ref, [comment], ours=True)
    items.mark_written(tx, ref, engine.now())
    if effect.link is not None and isinstance(carries := effect.payload.get("carries"), dict):
        side, original = str(carries["side"]), str(carries["comment"])
        version, readers = effect.payload.get("version"), effect.payload.get("readers")
        pairs.put(
            tx,
            effect.link,
            side,
            original,
            comment.id,
            str(version) if version else None,
            str(readers) if readers else None,
        )
        _carry_on(tx, engine, effect.link, side)


def edited(tx: Connection, engine: Engine, effect: Effect, ref: Ref, comment: Comment | None) -> None:
    """A copy has its new text: ``comment`` is it, or the one that says so where it could not be edited.

    ``None`` where the copy is gone.
    """
    assert effect.link is not None  # noqa: S101 - comments are carried along links
    carries = effect.payload["carries"]
    assert isinstance(carries, dict)  # noqa: S101 - written by carrying
    _done(tx, engine, effect, ref, {"comment": comment.id if comment else None})
    if comment:
        items.put_comments(tx, ref, [comment], ours=True)
    items.mark_written(tx, ref, engine.now())
    side, original = str(carries["side"]), str(carries["comment"])
    pairs.carried(tx, effect.link, side, original, str(effect.payload["version"]))
    _carry_on(tx, engine, effect.link, side)


DELETED, REPLACED = "it was deleted", "its words were taken out"
HIDDEN, TOLD, LEFT = "it is for the team alone now", "a comment tells of it", "it was left as it is"
"""What can become of a copy that is to go."""


def withdrawn(
    tx: Connection, engine: Engine, effect: Effect, ref: Ref, how: str, said: Comment | None = None
) -> None:
    """A copy is no more what it was, and will not be written again. ``how`` says what became of it; ``said``
    is a comment that tells people so."""
    carries, copy = effect.payload["carries"], str(effect.payload["comment"])
    _done(tx, engine, effect, ref, {"comment": copy, "how": how})
    if effect.link is not None and isinstance(carries, dict):
        pairs.withdraw(tx, effect.link, str(carries["side"]), str(carries["comment"]))
    if how == DELETED:
        items.bury(tx, ref, [copy])
    if said:
        items.put_comments(tx, ref, [said], ours=True)
    items.mark_written(tx, ref, engine.now())


def retired(tx: Connection, engine: Engine, effect: Effect, ref: Ref) -> None:
    """An item of ours was taken away: that it cannot be read any more is no news."""
    _done(tx, engine, effect, ref, {})
    if stored := items.get(tx, ref):
        items.put(
            tx,
            stored.item.model_copy(update={"deleted": True}),
            observation=stored.observation,
            written=engine.now(),
            comments_known=stored.comments_known,
        )


def stays(tx: Connection, engine: Engine, effect: Effect, ref: Ref) -> None:
    """A copy should go, and its tool has no way to have it go: a person may know one."""
    withdrawn(tx, engine, effect, ref, LEFT)
    text = f"{effect.origin['reason']}, and its copy cannot be taken back by a program: see to it yourself"
    notices.tell(tx, Matter.STAYS, ref, f"comment {effect.payload['comment']}", text, engine.now())


def _carry_on(tx: Connection, engine: Engine, link: int, side: str) -> None:
    """What was edited or deleted while its copy was on its way is carried after it."""
    at = links.get(tx, link)
    here = at.source if side == "source" else at.mirror
    stored = items.get(tx, here) if here and pairs.any_stale(tx, link, side, here) else None
    if stored:
        settle_links(tx, engine.rules, [at], cause=stored.observation, now=engine.now())


def attached(
    tx: Connection, engine: Engine, effect: Effect, ref: Ref, file: File, shown: Item | None = None
) -> None:
    """A file was attached: it is the counterpart of the one that it was made of.

    ``shown`` is the item with it, where its text is kept in sync.
    """
    _done(tx, engine, effect, ref, {"file": file.id})
    items.mark_written(tx, ref, engine.now())
    if file.comment:
        # Where a file hangs on a comment, the one that was made for it is ours too.
        made = file.created
        carrier = Comment(
            id=file.comment, body=f"`{file.name}`", audience=file.audience, created=made, updated=made
        )
        items.put_comments(tx, ref, [carrier], ours=True)
    if effect.link is not None:
        theirs = str(File.model_validate(effect.payload["file"]).id)
        at_source = links.get(tx, effect.link).source == ref
        files.pair(tx, effect.link, file.id if at_source else theirs, theirs if at_source else file.id)
        if shown:
            _take_in_text(tx, effect.link, shown, file)


def _take_in_text(tx: Connection, link: int, shown: Item, file: File) -> None:
    """Where a tool shows the file in the text, the line that came with it is ours, and nobody's edit."""
    stored = items.get(tx, shown.ref)
    if stored is None or not shown.body.startswith(known := stored.item.body.rstrip()):
        return
    line = shown.body.removeprefix(known).strip()
    if "\n" in line or file.name.replace("\\", "") not in line.replace("\\", ""):
        return
    items.put(
        tx,
        stored.item.model_copy(update={"body": shown.body}),
        observation=stored.observation,
        written=stored.written,
        comments_known=stored.comments_known,
    )
    at_source = links.get(tx, link).source == shown.ref
    base = links.bases_of(tx, link).get("body")
    if base and (base.source if at_source else base.mirror) == stored.item.body:
        moved = Base(shown.body, base.mirror) if at_source else Base(base.source, shown.body)
        links.put_bases(tx, link, {"body": moved})


def omitted(tx: Connection, engine: Engine, effect: Effect, ref: Ref, reason: str) -> None:
    """A file was not attached, for a reason that no repetition would change."""
    _done(tx, engine, effect, ref, {"omitted": reason})


def _done(
    tx: Connection,
    engine: Engine,
    effect: Effect,
    ref: Ref,
    answer: dict[str, JsonValue],
    undo: dict[str, JsonValue] | None = None,
) -> None:
    effects.finish(tx, effect.id, State.DONE, receipt={"id": ref.id, **answer, **(undo or {})})
    subject = links.about(tx, effect)
    for one in {ref, subject}:
        detail: dict[str, JsonValue] = {"kind": effect.kind.value, "on": ref.key, **answer}
        journal.write(tx, journal.Entry.DONE, one, detail, at=engine.now(), effect=effect.id)


def _move_bases(tx: Connection, effect: Effect, item: Item) -> None:
    assert effect.link is not None  # noqa: S101 - checked by the caller
    other_end = effect.payload["other_end"]
    assert isinstance(other_end, dict)  # noqa: S101 - written by reconcile
    wrote_source = item.ref == links.get(tx, effect.link).source
    moved = {}
    for name, value in other_end.items():
        mine = _shared(effect, item, name)
        moved[name] = Base(mine, value) if wrote_source else Base(value, mine)
    links.put_bases(tx, effect.link, moved)


def _shared(effect: Effect, item: Item, name: str) -> JsonValue:
    """What of the value both ends know by now: all, but for edits in it that only this end had."""
    shared, patch = effect.payload.get("shared"), effect.payload["patch"]
    if not (isinstance(shared, dict) and name in shared and isinstance(patch, dict)):
        return value_of(item, name)
    wrote = Patch.model_validate(patch).fields[name]
    return shared_part(str(wrote), str(shared[name]), str(value_of(item, name)))


def shared_part(wrote: str, shared: str, shown: str) -> str:
    """A text as its tool shows it, without what the written one has beyond the shared."""
    return carried(wrote, shared, shown)


def _store_own(tx: Connection, engine: Engine, effect: Effect, item: Item, *, comments_known: bool) -> None:
    before = items.get(tx, item.ref)
    now = engine.now()
    observation = journal.write(
        tx, journal.Entry.OBSERVED, item.ref, {"via": "our own write"}, at=now, effect=effect.id
    )
    items.put(tx, item, observation=observation, written=now, comments_known=comments_known)
    news = News(
        item=item,
        before=before.item if before else None,
        observation=observation,
        fields_changed=True,
        comments_known=comments_known,
        evaluated=before.evaluated if before else None,
        ours=True,
    )
    decide(tx, engine.rules, news, now=now)
