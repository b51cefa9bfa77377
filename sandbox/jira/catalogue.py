"""Which fields, types and priorities there are: the site's configuration."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.jira.records import IssueType, LinkType, Object, Priority

TYPES = (
    IssueType("10001", "Task"),
    IssueType("10002", "Bug"),
    IssueType("10003", "Story"),
    IssueType("10000", "Epic", level=1),
    IssueType("10004", "Sub-task", subtask=True, level=-1),
)
PRIORITIES = (
    Priority("1", "Highest", "#d04437"),
    Priority("2", "High", "#f15C75"),
    Priority("3", "Medium", "#f79232"),
    Priority("4", "Low", "#707070"),
    Priority("5", "Lowest", "#999999"),
)
DEFAULT_PRIORITY = PRIORITIES[2]
LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an issue. ``kind`` is its JSON type, ``custom`` the last part of a custom field's type."""

    id: str
    name: str
    kind: str
    items: str | None = None
    custom: str | None = None
    options: tuple[str, ...] = ()
    navigable: bool = True

    @property
    def schema(self) -> Object:
        """Jira's JsonTypeBean."""
        schema: Object = {"type": self.kind}
        if self.items:
            schema["items"] = self.items
        if self.custom:
            schema["custom"] = f"com.atlassian.jira.plugin.system.customfieldtypes:{self.custom}"
            schema["customId"] = int(self.id.removeprefix("customfield_"))
        else:
            schema["system"] = self.id
        return schema


SYSTEM_FIELDS = (
    Field("summary", "Summary", "string"),
    Field("description", "Description", "string"),
    Field("issuetype", "Issue Type", "issuetype"),
    Field("project", "Project", "project"),
    Field("status", "Status", "status"),
    Field("statuscategorychangedate", "Status Category Changed", "datetime"),
    Field("priority", "Priority", "priority"),
    Field("resolution", "Resolution", "resolution"),
    Field("resolutiondate", "Resolved", "datetime"),
    Field("labels", "Labels", "array", items="string"),
    Field("assignee", "Assignee", "user"),
    Field("reporter", "Reporter", "user"),
    Field("creator", "Creator", "user"),
    Field("created", "Created", "datetime"),
    Field("updated", "Updated", "datetime"),
    Field("duedate", "Due date", "date"),
    Field("votes", "Votes", "votes"),
    Field("watches", "Watchers", "watches"),
    Field("issuelinks", "Linked Issues", "array", items="issuelinks"),
    Field("attachment", "Attachment", "array", items="attachment", navigable=False),
    Field("fixVersions", "Fix versions", "array", items="version"),
    Field("comment", "Comment", "comments-page", navigable=False),
)
CUSTOM_FIELDS = (
    Field(
        "customfield_10031",
        "Product area",
        "option",
        custom="select",
        options=("Billing", "Exports", "Integrations", "Mobile", "Reporting", "Search", "Sign-in"),
    ),
    Field("customfield_10032", "Customers affected", "number", custom="float"),
    Field("customfield_10033", "Feedback source", "string", custom="textfield"),
    Field("customfield_10034", "Steps to reproduce", "string", custom="textarea"),
    Field(
        "customfield_10035",
        "Plans",
        "array",
        items="option",
        custom="multiselect",
        options=("free", "team", "business", "enterprise"),
    ),
    Field("customfield_10036", "Product manager", "user", custom="userpicker"),
    Field("customfield_10037", "Promised for", "date", custom="datepicker"),
)
FIELDS = SYSTEM_FIELDS + CUSTOM_FIELDS
FIELD_BY_ID = {field.id: field for field in FIELDS}


def chosen(asked: list[str]) -> list[Field]:
    """The fields that ``asked`` names: ids, ``*all``, ``*navigable`` and exclusions with a minus."""
    wanted: dict[str, Field] = {}
    names = [part.strip() for entry in asked for part in entry.split(",") if part.strip()]
    if names and all(name.startswith("-") for name in names):
        names.insert(0, "*all")
    for name in names:
        if name == "*all":
            wanted.update(FIELD_BY_ID)
        elif name == "*navigable":
            wanted.update({field.id: field for field in FIELDS if field.navigable})
        elif name.startswith("-"):
            wanted.pop(name[1:], None)
        elif name in FIELD_BY_ID:
            wanted[name] = FIELD_BY_ID[name]
    return list(wanted.values())
