"""Custom fields by the names that people gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from connectors.errors import Rejected
from connectors.jira.answers import FieldRow
from connectors.jira.edition import CLOUD, Edition, read_text
from connectors.model import JsonValue, Organization, field_name

_MACHINERY = (
    "com.pyxis.greenhopper.jira:gh-lexo-rank",
    "com.atlassian.jira.plugins.jira-development-integration-plugin:",
    "com.atlassian.jira.ext.charting:",
    "com.atlassian.servicedesk:vp-origin",
)
"""Beginnings of the types of fields that Jira fills for itself, and that change without anybody's doing."""


_CUSTOM = "customfield_"
_ORGANIZATIONS = "com.atlassian.servicedesk:sd-customer-organizations"


def _is_machinery(row: FieldRow) -> bool:
    return (row.form.custom or "").startswith(_MACHINERY)


class CustomFields:
    """The site's custom fields, as far as lists of issues can show them.

    One whose name another one shares goes by its id, ``customfield_10031``.
    """

    def __init__(self, rows: Iterable[FieldRow], edition: Edition = CLOUD) -> None:
        self._edition = edition
        by_name: dict[str, list[FieldRow]] = defaultdict(list)
        self._organizations: list[str] = []
        for row in rows:
            if row.form.custom == _ORGANIZATIONS:
                self._organizations.append(row.id)
            if row.id.startswith(_CUSTOM) and row.navigable and not _is_machinery(row):
                by_name[field_name(row.name)].append(row)
        self._names: dict[str, str] = {}
        """Names by field id."""
        self._rows: dict[str, FieldRow] = {}
        """Fields by name, and each by its id."""
        self._shared: dict[str, list[str]] = {}
        for name, same in by_name.items():
            if len(same) > 1 or not name:
                self._shared[name] = sorted(row.id for row in same)
            for row in same:
                self._names[row.id] = row.id if name in self._shared else name
                self._rows[row.id] = self._rows[self._names[row.id]] = row

    def read(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The values that are set, by name."""
        found = {}
        for id_, value in values.items():
            name = self._names.get(id_)
            if name is None:
                continue
            plain = read_text(value) if _is_text(self._rows[id_]) else _plain(value)
            if plain not in (None, "", [], {}):
                found[name] = plain
        return dict(sorted(found.items()))

    def organization(self, values: Mapping[str, JsonValue]) -> Organization | None:
        """The customer behind a request of a service project, the first where there are several."""
        for id_ in self._organizations:
            rows = values.get(id_)
            first = rows[0] if isinstance(rows, list) and rows else None
            if isinstance(first, dict) and "id" in first and "name" in first:
                return Organization(id=str(first["id"]), name=str(first["name"]))
        return None

    def write(self, connection: str, name: str, value: JsonValue) -> tuple[str, JsonValue]:
        """The field's id, and the value in the form that Jira takes. Raises Rejected for an unknown name."""
        row = self._rows.get(name)
        if row is None and name in self._shared:
            raise Rejected(
                f"{connection}: several custom fields are called '{name}'",
                advice=f"Name one by its id: {', '.join(self._shared[name])}.",
            )
        if row is None:
            raise Rejected(
                f"{connection}: Jira has no custom field '{name}'",
                advice="See the names in Jira's settings, under Fields.",
            )
        return row.id, None if value is None else self._native(row, value)

    def _native(self, row: FieldRow, value: JsonValue) -> JsonValue:
        if _is_text(row) and isinstance(value, str):
            return self._edition.texts.write(value)
        if row.form.type == "option-with-child" and isinstance(value, list):
            return {"value": value[0], "child": {"value": value[-1]}}
        wrap = self._wrap(row.form.type)
        if wrap is not None:
            return {wrap: value}
        inner = self._wrap(row.form.items or "") if row.form.type == "array" else None
        if inner is not None and isinstance(value, list):
            return [{inner: entry} for entry in value]
        return value

    def _wrap(self, kind: str) -> str | None:
        """The name of the member that a value stands in."""
        return self._edition.user if kind == "user" else _WRAPS.get(kind)


def _is_text(row: FieldRow) -> bool:
    """Whether its values are texts of several lines, with looks."""
    return (row.form.custom or "").endswith(":textarea")


def _plain(value: JsonValue) -> JsonValue:
    """What people read in a field; for somebody, the account id."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc":
        return read_text(value)
    child = value.get("child")
    if isinstance(child, dict) and "value" in value:
        return [value["value"], child.get("value")]
    return next((value[name] for name in ("accountId", "value", "name") if name in value), value)


_WRAPS = {
    "option": "value",
    "option-with-child": "value",
    "version": "name",
    "group": "name",
}
