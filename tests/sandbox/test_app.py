"""The sandbox as people start it: ports, what is in it, and what the terminal says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import credentials
from sandbox.app import SERVICES, WholeSandbox, describe, make_sandbox
from sandbox.company import Company, Report, northwind
from tests.sandbox.fake import FAKES, FakeGitHub, FakeJira, FakeNotion, FakeZendesk

REPORTS = [Report(str(n), f"Report {n}", "It *fails*", datetime(2026, 5, 1, tzinfo=UTC)) for n in range(3)]


def free_ports(count: int) -> int:
    """The first of ``count`` ports that are free one after another."""
    for first in range(21000, 29000, count):
        sockets: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", port))
        except OSError:
            continue
        else:
            return first
        finally:
            for bound in sockets:
                bound.close()
    pytest.fail("no free ports")


def test_the_page_comes_first_then_the_services() -> None:
    first = free_ports(5)
    with make_sandbox(first_port=first, service_types=FAKES).running() as sandbox:
        assert sandbox.services.keys() == {"zendesk", "jira", "github", "notion"}
        ports = [service.base_url.rpartition(":")[2] for service in sandbox.services.values()]
        assert ports == [str(first + offset) for offset in (1, 2, 3, 4)]
        page = httpx.get(f"http://127.0.0.1:{first}/", trust_env=False)
        assert "<title>Loopwright sandbox</title>" in page.text


def test_terminal_text() -> None:
    sandbox = make_sandbox(service_types=FAKES)
    with sandbox.running():
        text = describe(sandbox)
        for name, service in sandbox.services.items():
            assert f"{name:7}  {service.base_url}" in text
        assert sandbox.page_url in text
        assert credentials.EMAIL in text
        assert credentials.TOKEN in text


def test_company_goes_into_every_service() -> None:
    with make_sandbox(company=Company("Tiny"), service_types=FAKES).running() as sandbox:
        assert [len(sandbox.service(fake).items) for fake in FAKES] == [1, 1, 1, 0]


def test_reports_go_where_they_are_told_to() -> None:
    with make_sandbox(load=REPORTS, service_types=FAKES).running() as sandbox:
        titles = [card.title for card in sandbox.service(FakeZendesk).items.values()]
        assert titles == ["Report 0", "Report 1", "Report 2"]
        assert not sandbox.service(FakeNotion).items
    jira = make_sandbox(load=REPORTS, load_into="jira", container="OPS", service_types=FAKES)
    with jira.running() as sandbox:
        assert {card.container for card in sandbox.service(FakeJira).items.values()} == {"OPS"}
    with make_sandbox(load=REPORTS, load_into="github", service_types=FAKES).running() as sandbox:
        containers = {card.container for card in sandbox.service(FakeGitHub).items.values()}
        assert containers == {"northwind-soft/app"}
    with pytest.raises(ValueError, match="there are: zendesk, jira, github, notion"):
        make_sandbox(load=REPORTS, load_into="asana", service_types=FAKES)


def test_the_real_services_hold_the_company() -> None:
    company = northwind()
    assert [service.name for service in SERVICES] == ["zendesk", "jira", "github", "notion"]
    with make_sandbox(company=company, load=REPORTS, load_into="zendesk").running() as sandbox:
        cards = {name: service.cards(limit=10_000) for name, service in sandbox.services.items()}
    assert {name: len(found) for name, found in cards.items()} == {
        "zendesk": len(company.tickets) + len(REPORTS),
        "jira": len(company.tracker_issues),
        "github": len(company.repository_issues),
        "notion": len(company.pages),
    }
    titles = {card.key: card.title for card in cards["jira"]}
    numbers: dict[str, int] = {}
    for issue in company.tracker_issues:
        numbers[issue.project] = numbers.get(issue.project, 0) + 1
        key = f"{issue.project}-{numbers[issue.project]}"
        assert titles[key] == issue.title, "what people call an issue in their notes is its key"


@pytest.fixture(scope="module")
def whole() -> Iterator[WholeSandbox]:
    sandbox = make_sandbox(company=northwind())
    with sandbox.running():
        yield sandbox


@pytest.mark.parametrize("service", ["zendesk", "jira", "github", "notion"])
def test_what_the_page_offers_works_in_every_tool(whole: WholeSandbox, service: str) -> None:
    with httpx.Client(base_url=f"{whole.page_url}/api", trust_env=False) as api:

        def act(**body: object) -> dict[str, Any]:
            answer = api.post("/act", json={"service": service, **body})
            assert answer.status_code == 200, answer.text
            card: dict[str, Any] = answer.json()["card"]
            return card

        priorities = {s["name"]: s["priorities"] for s in api.get("/services").json()}[service]
        for container in api.get(f"/containers/{service}").json():
            made = act(
                act="create", title="A thing", body="Some **text**.", container=container, labels=["bug"]
            )
            item = made["id"]
            assert made["container"] == container
            assert act(act="title", item=item, value="Another")["title"] == "Another"
            assert act(act="comment", item=item, text="Said")["comments"][-1]["text"] == "Said"
            for status in made["statuses"]:
                if status not in (made["status"], "closed"):
                    assert act(act="status", item=item, value=status)["status"] == status
                    break
            if priorities:
                assert act(act="priority", item=item, value=priorities[0])["priority"] == priorities[0]
            assert "loud" in act(act="add_label", item=item, value="loud")["labels"]
            assert "loud" not in act(act="remove_label", item=item, value="loud")["labels"]
