"""``mirror``: create the item's counterpart in another tool, and keep the two in sync from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydantic import Field, StrictBool, StrictStr

from connectors.model import JsonValue
from rules.actions.keep import KeepSettings, compile_keep, kept_value
from rules.actions.step import ActionPart, Firing, Post, Step
from rules.actions.values import (
    WRITABLE,
    Made,
    Missed,
    Written,
    compile_value,
    form_of,
    is_writable,
)
from rules.fields import ASSIGNEE, CUSTOM
from rules.intents import Direction, Intent, Keep, Mirror, Unresolved
from rules.names import Names
from rules.parts import Part
from rules.problems import did_you_mean

DEFAULTS: Mapping[str, str] = {"title": "{{ item.title }}", "body": "{{ item.body }}"}
"""What a mirror says when its rule does not."""


class MirrorSettings(Part):
    """Where the counterpart is created, what it says, and what is kept in sync."""

    to: StrictStr = Field(description="The connection that it is created in.")
    project: StrictStr | None = Field(None, description="The Jira project, by its key.")
    repository: StrictStr | None = Field(None, description="The GitHub repository: owner/name.")
    database: StrictStr | None = Field(None, description="The Notion database, by its name.")
    type: StrictStr | None = Field(None, description="The type in the other tool, such as Bug.")
    fields: dict[str, Written] = Field(
        {}, description="Fields that are written once, when it is created. Default: the title and the body."
    )
    keep_in_sync: KeepSettings | None = Field(
        None, description="Fields and comments that are kept in sync from then on."
    )
    publish: StrictBool = Field(
        False, description="Allow the mirror to be read by a wider audience than the item is."
    )


class MirrorAction(ActionPart):
    """Create the item's counterpart in another tool, once for ever, and link the two."""

    mirror: MirrorSettings


def compile_mirror(action: MirrorAction, names: Names, post: Post) -> tuple[Step, Keep]:
    """``mirror``, and what it keeps in sync."""
    settings = action.mirror
    names.check_connection(settings.to, settings.value_mark("to"))
    container = _container(action, names)
    keep = compile_keep(settings.keep_in_sync, names) if settings.keep_in_sync else Keep()
    keep = replace(keep, to=settings.to, container=container)
    fields = _fields(settings, names, post)

    def step(firing: Firing) -> Iterator[Intent | Unresolved]:
        origin = post.origin(firing)
        values: dict[str, JsonValue] = {}
        for kept in keep.fields:
            if kept.name not in (*fields, ASSIGNEE) and kept.direction is not Direction.TO_SOURCE:
                value = kept_value(kept, firing.item)
                if isinstance(value, Missed):
                    yield Unresolved(origin, None, kept.name, value.value)
                elif value is not None:
                    values[kept.name] = value
        for name, made in fields.items():
            value = made.make(firing)
            if isinstance(value, Missed):
                yield Unresolved(origin, None, name, value.value)
            elif value is not None:
                values[name] = value
        yield Mirror(
            origin=origin,
            to=settings.to,
            container=container,
            title=_text(values, "title") or firing.item.title,
            body=_text(values, "body") or "",
            type=settings.type or _text(values, "type"),
            status=_text(values, "status"),
            priority=_text(values, "priority"),
            labels=_labels(values.get("labels")),
            custom={k.removeprefix(CUSTOM): v for k, v in values.items() if k.startswith(CUSTOM)},
            keep=keep,
            publish=settings.publish,
        )

    return step, keep


def _container(action: MirrorAction, names: Names) -> str:
    settings = action.mirror
    given = [name for name in (settings.project, settings.repository, settings.database) if name is not None]
    if len(given) != 1:
        names.report(
            action.mark("mirror"),
            "a mirror is created in one place",
            "write 'project', 'repository' or 'database'",
        )
    return given[0] if given else ""


def _fields(settings: MirrorSettings, names: Names, post: Post) -> dict[str, Made]:
    marks = settings.block("fields")
    fields: dict[str, Made] = {}
    for name, text in DEFAULTS.items():
        if name not in settings.fields:
            default = compile_value(text, settings.mark(), form_of(name), names, post.roots)
            if default is not None:
                fields[name] = default
    for name, written in settings.fields.items():
        mark = marks.key(name)
        if not is_writable(name):
            names.report(
                mark, f"'{name}' is no field that a mirror can be given", did_you_mean(name, WRITABLE)
            )
        elif isinstance(written, list) != (name == "labels") and not name.startswith(CUSTOM):
            names.report(mark, f"{name} takes {'a list' if name == 'labels' else 'one value, not a list'}")
        else:
            made = compile_value(written, marks.at(name), form_of(name), names, post.roots)
            if made is not None:
                fields[name] = made
    return fields


def _text(values: Mapping[str, JsonValue], name: str) -> str | None:
    value = values.get(name)
    return None if value is None else str(value)


def _labels(value: JsonValue) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one) for one in value)) if isinstance(value, list) else ()
