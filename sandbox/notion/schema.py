"""Properties of a data source: their types, their options, and the values that pages give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid

COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
COMPUTED = frozenset({"created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id"})
"""Types whose values nobody can write."""
EMPTY_LISTS = frozenset({"title", "rich_text", "multi_select", "people", "relation", "files"})
SCALARS: dict[str, type] = {"url": str, "email": str, "phone_number": str, "number": float}
GROUPS = ("To-do", "In progress", "Complete")
"""The three groups that the options of a status are in."""


@dataclass(slots=True)
class Option:
    """A value that a select, multi_select or status property can have."""

    id: str
    name: str
    color: str
    group: str = GROUPS[0]

    def render(self) -> Object:
        return {"id": self.id, "name": self.name, "color": self.color}


@dataclass(slots=True)
class Property:
    """A column of a data source. ``id`` is short, and percent-encoded as in Notion's own answers."""

    id: str
    name: str
    type: str
    options: list[Option] = field(default_factory=list)
    target: str = ""
    """The data source that a relation points to, and the database that it is in."""
    target_database: str = ""

    def option(self, name: str) -> Option | None:
        """The option of this name."""
        return next((option for option in self.options if option.name == name), None)

    def add_option(self, name: str, group: str = GROUPS[0]) -> Option:
        """The option of this name, made when it is not there."""
        found = self.option(name)
        if found is None:
            number = len(self.options)
            color = COLORS[number % len(COLORS)]
            found = Option(f"{self.id[:4]}-{number:04d}", name, color, group)
            self.options.append(found)
        return found

    def empty(self) -> JsonValue:
        """The value of a page that was given none."""
        if self.type in EMPTY_LISTS:
            return []
        return False if self.type == "checkbox" else None

    def render(self, *, named: bool = True) -> Object:
        """The property as a data source shows it; ``named``: in a version that names data sources."""
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "type": self.type,
            self.type: self._config(named=named),
        }

    def _config(self, *, named: bool) -> Object:
        options: list[JsonValue] = [{**option.render(), "description": None} for option in self.options]
        if self.type in {"select", "multi_select"}:
            return {"options": options}
        if self.type == "status":
            return {"options": options, "groups": [self._group(name) for name in GROUPS]}
        if self.type == "number":
            return {"format": "number"}
        if self.type == "relation":
            to: Object = {"database_id": self.target_database}
            if named:
                to["data_source_id"] = self.target
            return {**to, "type": "single_property", "single_property": {}}
        return {"prefix": None} if self.type == "unique_id" else {}

    def _group(self, name: str) -> Object:
        inside: list[JsonValue] = [option.id for option in self.options if option.group == name]
        color = dict(zip(GROUPS, ("gray", "blue", "green"), strict=True))[name]
        return {"id": f"{self.id[:4]}-{name}", "name": name, "color": color, "option_ids": inside}


def accept(prop: Property, value: JsonValue, user: Callable[[str], Object]) -> JsonValue:
    """A property value of a request in the form in which it is kept and answered.

    ``user`` gives the full user for an id. Selects grow an option for an unknown name, as Notion does;
    a status does not.
    """
    given = as_object(value, f"body.properties.{prop.name}")
    if prop.type in COMPUTED:
        raise invalid(f"{prop.name} is a {prop.type} property and cannot be updated.")
    if prop.type not in given:
        raise invalid(f"{prop.name} is expected to be {prop.type}.")
    content, place = given[prop.type], f"body.properties.{prop.name}.{prop.type}"
    if prop.type in {"title", "rich_text"}:
        return list(text.accept(content, place))
    if prop.type == "checkbox":
        if not isinstance(content, bool):
            raise invalid(f"body failed validation: {place} should be a boolean, instead was `{content}`.")
        return content
    if prop.type in {"multi_select", "people", "relation", "files"}:
        entries = [as_object(item, f"{place}[{i}]") for i, item in enumerate(as_list(content, place))]
        return [_entry(prop, entry, place, user) for entry in entries]
    if content is None:
        return None
    if prop.type in {"select", "status"}:
        return _choose(prop, as_object(content, place))
    if prop.type == "date":
        date = as_object(content, place)
        start = as_text(date.get("start"), f"{place}.start")
        return {"start": start, "end": date.get("end"), "time_zone": date.get("time_zone")}
    return _scalar(prop, content, place)


def _scalar(prop: Property, content: JsonValue, place: str) -> JsonValue:
    wanted = SCALARS[prop.type]
    fits = isinstance(content, int | float) if wanted is float else isinstance(content, wanted)
    if isinstance(content, bool) or not fits:
        name = "number" if wanted is float else "string"
        raise invalid(f"body failed validation: {place} should be a {name}, instead was `{content}`.")
    return content


def _entry(prop: Property, entry: Object, place: str, user: Callable[[str], Object]) -> JsonValue:
    if prop.type == "multi_select":
        return _choose(prop, entry)
    if prop.type == "people":
        return user(as_text(entry.get("id"), f"{place}.id"))
    return {"id": as_text(entry.get("id"), f"{place}.id")} if prop.type == "relation" else entry


def _choose(prop: Property, choice: Object) -> Object:
    by_id = next((option for option in prop.options if option.id == choice.get("id")), None)
    if by_id is not None:
        return by_id.render()
    name = as_text(choice.get("name"), f"body.properties.{prop.name}.{prop.type}.name")
    if "," in name:
        raise invalid(f"Invalid {prop.type} option, commas not allowed: {name}")
    known = prop.option(name)
    if known is None and prop.type == "status":
        raise invalid(f'Invalid status option. Status option "{name}" does not exist".')
    return (known or prop.add_option(name)).render()
