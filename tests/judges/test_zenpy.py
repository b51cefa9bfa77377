"""zenpy as it comes: not through our connector, which goes round most of it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, Webhook
from zenpy.lib.exception import RecordNotFoundException

from sandbox.credentials import EMAIL, TOKEN


@pytest.fixture(scope="module")
def client(zendesk: str) -> Iterator[Zenpy]:
    with pytest.MonkeyPatch.context() as patch:  # zenpy takes another address from the environment alone
        patch.setenv("ZENPY_FORCE_SCHEME", "http")
        patch.setenv("ZENPY_FORCE_NETLOC", zendesk.removeprefix("http://"))
        yield Zenpy(subdomain="northwind", email=EMAIL, token=TOKEN, disable_cache=True)


@pytest.fixture
def ticket(client: Zenpy) -> Ticket:
    return client.tickets.create(Ticket(subject="Export fails", comment=Comment(body="It stops."))).ticket


def test_a_ticket_from_its_creation_to_its_end(client: Zenpy, ticket: Ticket) -> None:
    read = client.tickets(id=ticket.id)
    assert (read.subject, read.description, read.status) == ("Export fails", "It stops.", "new")
    read.status, read.comment = "pending", Comment(body="Looking", public=False)
    audit = client.tickets.update(read).audit
    assert {event["type"] for event in audit.events} >= {"Change", "Comment"}
    assert [(one.body, one.public) for one in client.tickets.comments(ticket=ticket.id)] == [
        ("It stops.", True),
        ("Looking", False),
    ]
    client.tickets.delete(read)
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=ticket.id)


def test_many_at_once(client: Zenpy) -> None:
    job = client.tickets.create([Ticket(subject=f"Ticket {n}", description="x") for n in range(3)])
    assert client.job_status(id=job.id).status in ("queued", "working", "completed")
    assert [one.id for one in client.tickets(ids=[1, 2, 3])] == [1, 2, 3]


def test_exports_lists_and_searches(client: Zenpy) -> None:
    exported = [one.id for one in client.tickets.incremental(start_time=1, paginate_by_time=False)]
    assert len(set(exported)) == len(exported) > 100
    assert {one.id for one in client.tickets.incremental(start_time=1)} == set(exported)
    assert {one.id for one in islice(client.tickets(), 150)} <= set(exported)
    assert list(islice(client.search("export", type="ticket"), 5))
    assert list(islice(client.tickets.events(start_time=1), 5))


def test_tags(client: Zenpy, ticket: Ticket) -> None:
    client.tickets.add_tags(ticket.id, ["export", "csv"])
    client.tickets.delete_tags(ticket.id, ["csv"])
    assert [tag.name if hasattr(tag, "name") else tag for tag in client.tickets.tags(ticket.id)] == ["export"]


def test_people_organizations_fields_and_brands(client: Zenpy) -> None:
    assert client.users.me().email == EMAIL
    assert list(islice(client.users(), 5))
    assert list(islice(client.users.search(query="a"), 5))
    assert list(islice(client.organizations(), 5))
    assert list(client.ticket_fields())
    assert list(client.brands())
    assert list(client.groups())


def test_the_help_center(client: Zenpy) -> None:
    sections = {section.id for section in client.help_center.sections()}
    articles = list(client.help_center.articles())
    assert articles
    assert {article.section_id for article in articles} <= sections
    assert [found.id for found in client.help_center.articles.search(query="export")] == [articles[0].id]


def test_a_webhook(client: Zenpy) -> None:
    wanted = Webhook(
        name="Judge",
        endpoint="http://127.0.0.1:9/hook",
        http_method="POST",
        request_format="json",
        status="active",
        subscriptions=["zen:event-type:ticket.created"],
    )
    made = client.webhooks.create(wanted)
    assert client.webhooks.show_secret(made).secret
    assert made.id in {one.id for one in client.webhooks.list()}
    client.webhooks.delete(made)


def test_a_file(client: Zenpy, ticket: Ticket) -> None:
    upload = client.attachments.upload(
        BytesIO(b"a,b\n1,2\n"), target_name="export.csv", content_type="text/csv"
    )
    ticket.comment = Comment(body="Here", uploads=[upload.token])
    client.tickets.update(ticket)
    *_, last = client.tickets.comments(ticket=ticket.id)
    assert [attached.file_name for attached in last.attachments] == ["export.csv"]
