"""``keep_in_sync``: which fields and comments of a mirror follow each other, and how."""

from __future__ import annotations

from pydantic import ConfigDict, Field, StrictBool, StrictStr

from connectors.model import Audience, Item, JsonValue
from rules.actions.values import WRITABLE, Missed, plain
from rules.fields import ASSIGNEE, CUSTOM, find_field
from rules.intents import ConflictPolicy, Direction, Keep, KeptComments, KeptField, KeptFiles, ValueMap
from rules.names import Names
from rules.parts import Part
from rules.problems import Mark


class KeptFieldSettings(Part):
    """How a field is kept in sync."""

    direction: Direction = Field(description="both, to_mirror or to_source.")
    map: StrictStr | None = Field(
        None,
        description="The map that values go through. For both directions it is read from the source to the "
        "mirror, and backwards the other way.",
    )
    reverse: StrictStr | None = Field(
        None, description="The map from the mirror to the source, where `map` cannot be read backwards."
    )
    conflict: ConflictPolicy = Field(
        ConflictPolicy.HOLD,
        description="When both ends changed it differently: hold (ask a person), newest, source or mirror.",
    )
    publish: StrictBool = Field(
        False, description="Allow its text to reach a wider audience than that of the item it comes from."
    )


class KeptPersonSettings(Part):
    """How the person in a field is kept in sync. Who is who is found by e-mail, or in the file `people`."""

    direction: Direction = Field(description="both, to_mirror or to_source.")
    conflict: ConflictPolicy = Field(
        ConflictPolicy.HOLD,
        description="When both ends were given to different people: hold (ask), newest, source or mirror.",
    )


class KeptCommentsSettings(Part):
    """How comments are carried over."""

    direction: Direction = Field(description="both, to_mirror or to_source.")
    audience: Audience = Field(
        Audience.INTERNAL,
        description="Who reads them on the other side: internal (the default), customer or public.",
    )
    publish: StrictBool = Field(
        False, description="Allow comments to reach a wider audience than the one they were written for."
    )


class KeptFilesSettings(Part):
    """How attachments are carried over."""

    direction: Direction = Field(description="both, to_mirror or to_source.")
    audience: Audience = Field(
        Audience.INTERNAL,
        description="Who opens them on the other side: internal (the default), customer or public.",
    )
    publish: StrictBool = Field(
        False, description="Allow files to reach a wider audience than the one they were attached for."
    )


class KeepSettings(Part):
    """What a mirror keeps in sync: fields by name, `comments` and `attachments`."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, KeptFieldSettings]

    comments: KeptCommentsSettings | None = Field(None, description="Carry comments over.")
    attachments: KeptFilesSettings | None = Field(
        None, description="Carry attachments over; a line stands in for one that cannot be."
    )
    title: KeptFieldSettings | None = Field(None, description="Keep the title in sync.")
    body: KeptFieldSettings | None = Field(None, description="Keep the description in sync.")
    type: KeptFieldSettings | None = Field(None, description="Keep the type in sync.")
    status: KeptFieldSettings | None = Field(None, description="Keep the status in sync.")
    priority: KeptFieldSettings | None = Field(None, description="Keep the priority in sync.")
    labels: KeptFieldSettings | None = Field(
        None, description="Keep the labels in sync; each label by itself."
    )
    assignee: KeptPersonSettings | None = Field(
        None, description="Keep in sync who is assigned; somebody unknown leaves the other end as it is."
    )

    @classmethod
    def allows(cls, key: str) -> bool:
        """Custom fields can be named freely."""
        return key.startswith(CUSTOM) and len(key) > len(CUSTOM)

    def fields(self) -> dict[str, KeptFieldSettings]:
        """The kept fields by name, as far as they are given."""
        named = {name: getattr(self, name) for name in WRITABLE}
        return {name: kept for name, kept in {**named, **self.__pydantic_extra__}.items() if kept is not None}


def compile_keep(settings: KeepSettings, names: Names) -> Keep:
    """What the engine needs to know about each kept field, with its maps."""
    comments, files, assignee = settings.comments, settings.attachments, settings.assignee
    fields = [_kept(name, field, settings.mark(name), names) for name, field in settings.fields().items()]
    if assignee is not None:
        fields.append(KeptField(ASSIGNEE, assignee.direction, assignee.conflict))
    return Keep(
        fields=tuple(fields),
        comments=None
        if comments is None
        else KeptComments(comments.direction, comments.audience, comments.publish),
        files=None if files is None else KeptFiles(files.direction, files.audience, files.publish),
    )


def kept_value(kept: KeptField, item: Item) -> JsonValue | Missed:
    """What the mirror gets of the item's field when it is created."""
    field = find_field(kept.name)
    value = plain(field.read(item)) if field else None
    if kept.to_mirror is None or (value is None and not kept.to_mirror.has_otherwise):
        return value
    known, mapped = kept.to_mirror.resolve(value)
    return mapped if known else Missed(value)


def _kept(name: str, field: KeptFieldSettings, mark: Mark, names: Names) -> KeptField:
    value_map = names.map(field.map, field.value_mark("map")) if field.map is not None else None
    back = names.map(field.reverse, field.value_mark("reverse")) if field.reverse is not None else None
    if field.map is not None and name == "labels":
        names.report(field.mark("map"), "labels are kept in sync as they are, without a map")
    if field.reverse is not None and (field.map is None or field.direction is not Direction.BOTH):
        names.report(field.mark("reverse"), "'reverse' goes with 'map' and direction: both")
    if value_map is None:
        return KeptField(name, field.direction, field.conflict, publish=field.publish)
    match field.direction:
        case Direction.TO_MIRROR:
            return KeptField(
                name, field.direction, field.conflict, to_mirror=value_map, publish=field.publish
            )
        case Direction.TO_SOURCE:
            return KeptField(
                name, field.direction, field.conflict, to_source=value_map, publish=field.publish
            )
        case Direction.BOTH:
            if back is None and field.reverse is None:
                back = _backwards(value_map, field, names)
            return KeptField(
                name,
                field.direction,
                field.conflict,
                to_mirror=value_map,
                to_source=back,
                publish=field.publish,
            )


def _backwards(value_map: ValueMap, field: KeptFieldSettings, names: Names) -> ValueMap | None:
    """The map read from right to left. ``otherwise`` is not part of it: it has no way back."""
    pairs: dict[str, JsonValue] = {}
    for left, right in value_map.pairs.items():
        if isinstance(right, str) and right not in pairs:
            pairs[right] = left
            continue
        why = (
            f"'{pairs[right]}' and '{left}' both become '{right}'"
            if isinstance(right, str)
            else f"{right} is no text"
        )
        message = f"map '{value_map.name}' cannot be read backwards: {why}"
        names.report(field.value_mark("map"), message, "name a 'reverse' map")
        return None
    return ValueMap(value_map.name, pairs)
