"""The sandbox as people start it: ports, what is in it, and what the terminal says."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import httpx
import pytest

from sandbox import credentials
from sandbox.app import SERVICES, describe, make_sandbox
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
