"""The company's databases, pages and people, put in silently with the times of the records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from sandbox.company import Company, Database, Report
from sandbox.company import Page as Record
from sandbox.notion import text
from sandbox.notion.acts import Acts
from sandbox.notion.databases import Databases, new_property
from sandbox.notion.markdown import blocks, words
from sandbox.notion.problem import Object, Problem
from sandbox.notion.schema import GROUPS, Property, accept
from sandbox.notion.state import DataSource, Page, User, Workspace

FINISHED = frozenset(
    {"done", "shipped", "complete", "completed", "closed", "declined", "archived", "released"}
)
PRIORITIES = ("Low", "Medium", "High", "Urgent")
TYPES = {"Priority": "select", "Tags": "multi_select", "Labels": "multi_select", "Votes": "number"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST_OPTION = 60
"""A further property whose values are all short is a select, otherwise a text."""
WORDS = {"title": "title", "status": "Status", "priority": "Priority"}


def fill(acts: Acts, databases: Databases, company: Company) -> None:
    """Everything of the company that lives in Notion. ``acts`` raises no webhooks."""
    workspace = acts.workspace
    workspace.name = company.name
    for agent in company.agents:
        if agent.role != "bot":
            workspace.add_user(agent.name, agent.email)
    pages: dict[str, list[Record]] = {}
    for record in company.pages:
        pages.setdefault(record.database, []).append(record)
    for database in company.databases:
        source = databases.add(database.name, _columns(database, pages.get(database.name, [])))
        for record in pages.get(database.name, []):
            _put(acts, source, record)


def _columns(database: Database, records: Sequence[Record]) -> list[Property]:
    columns = [new_property("Name", "title"), _status(database.statuses), new_property("Owner", "people")]
    values: dict[str, list[str]] = {"Priority": list(PRIORITIES), "Tags": []}
    if database.kind == "feedback":
        values["Votes"] = []
    for record in records:
        for name, value in record.properties.items():
            values.setdefault(name, []).append(value)
    for name, given in values.items():
        prop = new_property(name, TYPES.get(name) or _type(given))
        if prop.type == "select":
            for value in given:
                prop.add_option(value)
        columns.append(prop)
    return [*columns, new_property("Sync ID", "rich_text")]


def _type(values: Sequence[str]) -> str:
    """What a column is that holds these values."""
    if values and all(DATE.fullmatch(value) for value in values):
        return "date"
    return (
        "select"
        if all(len(value) <= LONGEST_OPTION and "," not in value for value in values)
        else "rich_text"
    )


def _status(names: Sequence[str]) -> Property:
    """The status column; which options count as finished goes by their names, else it is the last."""
    prop = Property("St%40us", "Status", "status")
    finished = [name for name in names if name.lower() in FINISHED] or list(names[-1:])
    for number, name in enumerate(names):
        prop.add_option(name, GROUPS[2] if name in finished else GROUPS[min(number, 1)])
    return prop


def _put(acts: Acts, source: DataSource, record: Record) -> None:
    workspace = acts.workspace
    wanted = {"title": record.title, "status": record.status}
    values = values_of(source, workspace, wanted)
    owner = source.properties["Owner"]
    person = workspace.person(record.owner)
    values[owner.id] = [person.render(workspace.name)]
    for name, value in record.properties.items():
        prop = source.properties[name]
        values[prop.id] = _accepted(prop, request_value(prop, value, workspace), workspace)
    posts = [(post.author, post.created, post.text) for post in record.posts]
    _insert(acts, source, values, record.body, person, record.created, posts)


def load(acts: Acts, databases: Databases, reports: Sequence[Report], container: str) -> list[Page]:
    """Bug reports as rows of the database ``container``, which is made when it is not there."""
    workspace = acts.workspace
    known = (source for source in workspace.sources.values() if source.title == container)
    source = next(known, None) or databases.add(
        container, _columns(Database(container, "feedback", ("New", "Triaged", "Closed")), [])
    )
    pages = []
    for report in reports:
        wanted = {
            "title": report.title,
            "labels": ",".join(label.replace(",", " ") for label in report.labels),
        }
        posts = [(post.author, post.created, post.text) for post in report.posts]
        values = values_of(source, workspace, {**wanted, "priority": report.priority.replace(",", " ")})
        person = workspace.person()
        pages.append(_insert(acts, source, values, report.body, person, report.created, posts))
    return pages


def _insert(
    acts: Acts,
    source: DataSource,
    values: Mapping[str, JsonValue],
    body: str,
    person: User,
    created: datetime,
    posts: Iterable[tuple[str, datetime, str]],
) -> Page:
    """A row with its comments, at its own time."""
    workspace = acts.workspace
    page = acts.create_page(person, values, blocks(body), source=source)
    page.created = page.edited = created
    for block in workspace.tree(page.id):
        block.created = block.edited = created
    for author, when, said in posts:
        remark = acts.remark(page, words(said), workspace.person(author))
        remark.created = remark.edited = when
    return page


def values_of(source: DataSource, workspace: Workspace, wanted: Mapping[str, str]) -> dict[str, JsonValue]:
    """Values by property id for ``title``, ``status``, ``priority`` and comma-separated ``labels``.

    What the data source has no column for is left out; raises ValueError for a status it does not know.
    """
    values: dict[str, JsonValue] = {}
    for name, value in wanted.items():
        prop = _column(source, name)
        if prop is None or (name != "labels" and not value):
            continue
        if prop.type == "status" and prop.option(value) is None:
            allowed = ", ".join(option.name for option in prop.options)
            raise ValueError(f"'{value}' is no status; allowed are: {allowed}")
        values[prop.id] = _accepted(prop, request_value(prop, value, workspace), workspace)
    return values


def _column(source: DataSource, name: str) -> Property | None:
    if name == "title":
        return source.of_type("title")
    if name == "labels":
        return source.properties.get("Tags") or source.properties.get("Labels")
    return source.properties.get(WORDS[name])


def _accepted(prop: Property, given: Object, workspace: Workspace) -> JsonValue:
    try:
        return accept(prop, given, lambda identity: workspace.user(identity).render(workspace.name))
    except Problem as problem:
        raise ValueError(problem.message) from problem


def request_value(prop: Property, value: str, workspace: Workspace) -> Object:
    """A value given as text in the form of a request."""
    if prop.type in {"title", "rich_text"}:
        return {prop.type: text.runs(value)}
    if prop.type in {"select", "status"}:
        return {prop.type: {"name": value} if value else None}
    if prop.type == "multi_select":
        names = [name.strip() for name in value.split(",") if name.strip()]
        return {prop.type: [{"name": name} for name in names]}
    if prop.type == "number":
        return {prop.type: float(value) if "." in value else int(value)}
    if prop.type == "people":
        return {prop.type: [{"id": workspace.person(value).id}]}
    if prop.type == "checkbox":
        return {prop.type: value.lower() in {"yes", "true"}}
    return {prop.type: {"start": value} if prop.type == "date" else value}
