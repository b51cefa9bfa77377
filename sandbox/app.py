"""The whole sandbox: the four services, the page and the control API beside them, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import credentials
from sandbox.company import Company, Report
from sandbox.control import control
from sandbox.github import GitHubService
from sandbox.jira import JiraDataCenterService, JiraService
from sandbox.notion import NotionService
from sandbox.server import Sandbox
from sandbox.service import Conditions, Service
from sandbox.zendesk import ZendeskService

SERVICES: tuple[type[Service], ...] = (ZendeskService, JiraService, GitHubService, NotionService)
WITH_DATA_CENTER: tuple[type[Service], ...] = tuple(
    JiraDataCenterService if service is JiraService else service for service in SERVICES
)
_WHERE_REPORTS_GO = {"zendesk": "", "jira": "ENG", "github": "northwind-soft/app", "notion": "Feedback"}


class WholeSandbox(Sandbox):
    """A sandbox with its page."""

    def __init__(
        self, service_types: Sequence[type[Service]], conditions: Conditions | None, first_port: int
    ) -> None:
        super().__init__(service_types, conditions=conditions, first_port=first_port + 1 if first_port else 0)
        self.page_url = f"http://127.0.0.1:{self.mount(control(self), first_port)}"


def make_sandbox(
    conditions: Conditions | None = None,
    *,
    first_port: int = 0,
    company: Company | None = None,
    load: Sequence[Report] = (),
    load_into: str = "zendesk",
    container: str = "",
    service_types: Sequence[type[Service]] = SERVICES,
) -> WholeSandbox:
    """A sandbox that is ready to be served.

    ``first_port`` is the page's; the services take the following ones, in the order zendesk, jira, github,
    notion; 0 takes any free ports. ``company`` fills all services, and ``load`` puts reports into one of
    them: into its ``container`` (a brand, a project key, ``owner/name``, a database), or into the usual
    place of the company there. Raises OSError where a port is taken, and ValueError for an unknown service.
    """
    names = [service_type.name for service_type in service_types]
    if load_into not in names:
        raise ValueError(f"no service is called '{load_into}'; there are: {', '.join(names)}")
    sandbox = WholeSandbox(service_types, conditions, first_port)
    if company is not None:
        for service in sandbox.services.values():
            service.seed(company)
    if load:
        sandbox.services[load_into].load(load, container or _WHERE_REPORTS_GO.get(load_into, ""))
    return sandbox


def describe(sandbox: WholeSandbox) -> str:
    """What a person has to know, for the terminal: the addresses and the one credential."""
    width = max(len(name) for name in ("page", *sandbox.services))
    lines = [f"{'page':{width}}  {sandbox.page_url}"]
    lines += [f"{name:{width}}  {service.base_url}" for name, service in sandbox.services.items()]
    lines += [
        "",
        f"Every service accepts the account {credentials.EMAIL} with the token {credentials.TOKEN}.",
    ]
    return "\n".join(lines)
