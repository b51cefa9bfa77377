"""The site's own records in Jira's JSON: people, projects, types, statuses, fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from sandbox.jira import document
from sandbox.jira.catalogue import FIELD_BY_ID, Field
from sandbox.jira.matching import CATEGORIES
from sandbox.jira.records import Account, Issue, IssueType, Object, Priority, Project, Status
from sandbox.jira.workflow import Transition

_CATEGORY_IDS = {"new": (2, "blue-gray"), "indeterminate": (4, "yellow"), "done": (3, "green")}


class SiteShape:
    """Writes JSON for ``viewer``: local times in that profile's zone, other people's addresses hidden.

    ``version`` 2 gives texts as wiki markup, as webhooks do; 3 as documents. A Data Center knows version 2
    alone, shows every address, and has names in place of account ids.
    """

    def __init__(
        self,
        base: str,
        viewer: Account,
        accounts: dict[str, Account],
        issues: dict[int, Issue],
        *,
        version: int = 3,
        data_center: bool = False,
    ) -> None:
        self.base = base
        self.issues = issues
        self.viewer = viewer
        self.accounts = accounts
        self.data_center = data_center
        self.version = 2 if data_center else version
        self._zone = ZoneInfo(viewer.zone)

    def url(self, path: str) -> str:
        return f"{self.base}/rest/api/{self.version}/{path}"

    def time(self, time: datetime | None) -> str | None:
        """``2026-01-05T10:44:51.887-0800``: milliseconds, and the viewer's offset without a colon."""
        if time is None:
            return None
        local = time.astimezone(self._zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03}{local:%z}"

    def text(self, value: Object | None) -> JsonValue:
        return document.wiki(value) if self.version == 2 and value is not None else value

    def user(self, account: Account | None) -> Object | None:
        if account is None:
            return None
        if self.data_center:
            return self._named(account)
        user: Object = {
            "self": self.url(f"user?accountId={account.id}"),
            "accountId": account.id,
            "accountType": account.type,
            "avatarUrls": self._avatars(f"avatar/{account.id}"),
            "displayName": account.name,
            "active": True,
            "timeZone": account.zone,
        }
        if account.shows_email or account.id == self.viewer.id:
            user["emailAddress"] = account.email
        return user

    def _named(self, account: Account) -> Object:
        return {
            "self": self.url(f"user?username={account.username}"),
            "name": account.username,
            "key": f"JIRAUSER{account.id[-6:]}",
            "emailAddress": account.email,
            "avatarUrls": self._avatars(f"avatar/{account.username}"),
            "displayName": account.name,
            "active": True,
            "timeZone": account.zone,
        }

    def project(self, project: Project) -> Object:
        return {
            "self": self.url(f"project/{project.id}"),
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.type,
            "simplified": False,
            "avatarUrls": self._avatars(f"projectavatar/{project.id}"),
        }

    def _avatars(self, path: str) -> Object:
        return {size: f"{self.base}/{path}?size={size}" for size in ("16x16", "24x24", "32x32", "48x48")}

    def type(self, type_: IssueType) -> Object:
        return {
            "self": self.url(f"issuetype/{type_.id}"),
            "id": type_.id,
            "description": "",
            "iconUrl": f"{self.base}/images/issuetypes/{type_.id}.svg",
            "name": type_.name,
            "subtask": type_.subtask,
            "hierarchyLevel": type_.level,
        }

    def status(self, status: Status) -> Object:
        number, color = _CATEGORY_IDS[status.category]
        return {
            "self": self.url(f"status/{status.id}"),
            "description": "",
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "id": status.id,
            "name": status.name,
            "statusCategory": {
                "self": self.url(f"statuscategory/{number}"),
                "id": number,
                "key": status.category,
                "colorName": color,
                "name": CATEGORIES[status.category],
            },
        }

    def priority(self, priority: Priority | None) -> Object | None:
        if priority is None:
            return None
        return {
            "self": self.url(f"priority/{priority.id}"),
            "iconUrl": f"{self.base}/images/icons/priorities/{priority.name.lower()}.svg",
            "name": priority.name,
            "id": priority.id,
        }

    def resolution(self) -> Object:
        """The only one there is."""
        return {
            "self": self.url("resolution/10000"),
            "id": "10000",
            "description": "Work has been completed on this issue.",
            "name": "Done",
        }

    def transition(
        self, transition: Transition, screen: Sequence[str] = (), *, with_fields: bool = False
    ) -> Object:
        """``screen`` are the fields that have to be filled in."""
        shaped: Object = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(transition.target),
            "hasScreen": bool(screen),
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            shaped["fields"] = {name: self._screen_field(FIELD_BY_ID[name]) for name in screen}
        return shaped

    def _screen_field(self, field: Field) -> Object:
        return {
            "required": True,
            "schema": field.schema,
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": False,
            "operations": ["set"],
        }

    def field(self, field: Field) -> Object:
        """An entry of ``/field``."""
        names: list[JsonValue] = (
            [field.id] if not field.custom else [f"cf[{field.schema['customId']}]", field.name]
        )
        return {
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": field.custom is not None,
            "orderable": True,
            "navigable": field.navigable,
            "searchable": True,
            "clauseNames": names,
            "schema": field.schema,
        }
