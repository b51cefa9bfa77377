"""What else Zendesk's connector does: ties of tickets, people by address, webhooks, limits, OAuth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from connectors.abilities import FindsPeople, LinksItems, SetsUpWebhooks
from connectors.errors import AuthFailed, Conflict, Forbidden, Rejected, Unavailable
from connectors.model import FileDraft, ItemLink, LinkDraft, Patch, Ref
from connectors.protocol import OpenGate
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.zendesk.inputs import CommentInput, TicketInput
from sandbox.zendesk.signin import CLIENT_ID, CLIENT_SECRET
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


def problem(account: ZendeskAccount) -> Ref:
    state, editor = account.service.state, account.service.editor
    agent = state.users_by_email["sue@northwind.example"]
    wanted = TicketInput(subject="Root cause", type="problem", comment=CommentInput(body="b"))
    ticket, _ = account.sandbox.call(lambda: editor.create(agent, wanted, channel="web"))
    return Ref(connection="zendesk", id=str(ticket.id))


def told(links: tuple[ItemLink, ...]) -> list[tuple[str, str]]:
    return [(link.relation, link.to.id if link.to else "") for link in links]


def test_an_incident_is_tied_to_its_problem_from_either_end(account: ZendeskAccount) -> None:
    assert isinstance(account.connector, LinksItems)
    root = problem(account)
    draft = LinkDraft(relation="is incident of", to=root, marker="lw-1")
    link = account.connector.link(TICKET, draft)
    assert account.connector.link(TICKET, draft) == link, "once is enough"
    assert account.connector.links(TICKET) == (link,)
    (back,) = account.connector.links(root)
    assert (back.relation, back.to, back.title) == ("is problem of", TICKET, "Export fails")
    account.connector.unlink(root, back.id)
    account.connector.unlink(TICKET, link.id)
    assert told(account.connector.links(TICKET)) == []
    turned = LinkDraft(relation="is problem of", to=TICKET, marker="lw-2")
    assert account.connector.link(root, turned) == back.model_copy(update={"title": ""})
    assert told(account.connector.links(TICKET)) == [("is incident of", root.id)]


def test_a_tie_that_somebody_changes_at_that_moment_is_left_alone(account: ZendeskAccount) -> None:
    first, second = problem(account), problem(account)
    link = account.connector.link(TICKET, LinkDraft(relation="is incident of", to=first, marker="lw-1"))
    account.sandbox.clock.advance(1)

    def meddle(method: str, path: str) -> None:
        if method == "PUT":
            agent = account.service.state.users_by_email["sue@northwind.example"]
            ticket = account.service.state.tickets[1]
            wanted = TicketInput(problem_id=int(second.id))
            account.sandbox.call(lambda: account.service.editor.update(agent, ticket, wanted, channel="web"))

    with pytest.raises(Conflict):
        account.connect(gate=OpenGate(meddle)).unlink(TICKET, link.id)
    assert told(account.connector.links(TICKET)) == [("is incident of", second.id)]


def test_follow_ups_are_shown_and_stay(account: ZendeskAccount) -> None:
    account.sandbox.call(lambda: account.service.person_sets("1", status="closed"))
    state, editor = account.service.state, account.service.editor
    wanted = TicketInput(subject="Again", comment=CommentInput(body="b"), via_followup_source_id=1)
    agent = state.users_by_email["sue@northwind.example"]
    account.sandbox.call(lambda: editor.create(agent, wanted, channel="web"))
    assert told(account.connector.links(TICKET)) == [("is followed up by", "2")]
    (link,) = account.connector.links(Ref(connection="zendesk", id="2"))
    assert (link.relation, link.to) == ("follows up", TICKET)
    with pytest.raises(Rejected, match="cannot be undone"):
        account.connector.unlink(TICKET, "is followed up by:2")


def test_a_tie_that_zendesk_does_not_know_is_refused_without_a_call(account: ZendeskAccount) -> None:
    for draft in (
        LinkDraft(relation="blocks", to=TICKET, marker="lw-1"),
        LinkDraft(relation="is incident of", url="https://jira.example/ENG-1", marker="lw-1"),
    ):
        with pytest.raises(Rejected, match="alone"):
            account.connector.link(TICKET, draft)
    assert account.calls() == 0


def test_agents_are_found_by_address_in_one_call(account: ZendeskAccount) -> None:
    assert isinstance(account.connector, FindsPeople)
    asked = ["Sue@Northwind.example", "ann.ames@acme.example", "nobody@else.example"]
    found = account.connector.people(asked)
    assert {address: person.name for address, person in found.items()} == {
        "sue@northwind.example": "Sue Port"
    }
    assert account.calls() == 1
    person = found["sue@northwind.example"]
    item = account.connector.update(TICKET, Patch(fields={"assignee": person.id}))
    assert item.assignee == person
    account.service.state.users_by_email["sue@northwind.example"].suspended = True
    assert account.connector.people(asked) == {}


def test_a_webhook_is_set_up_once_and_changed_after_that(account: ZendeskAccount) -> None:
    assert isinstance(account.connector, SetsUpWebhooks)
    first = account.connector.set_up_webhook("https://loop.example/hooks/zendesk")
    again = account.connector.set_up_webhook("https://loop.example/hooks/zendesk")
    assert first == again
    assert (first.steps, first.id) == ((), again.id)
    articles = account.connect(articles=True)
    moved = articles.set_up_webhook("https://new.example/hooks/zendesk")
    assert moved.id == first.id
    (webhook,) = account.service.webhooks._webhooks.values()
    assert webhook.wanted.endpoint == "https://new.example/hooks/zendesk"
    assert "zen:event-type:article.published" in webhook.wanted.subscriptions
    assert moved.secret is not None
    assert moved.secret.get_secret_value() == webhook.secret
    assert webhook.secret not in repr(moved)


def test_an_agent_who_is_no_admin_cannot_set_one_up(account: ZendeskAccount) -> None:
    with pytest.raises(Forbidden):
        account.connect(email="sue@northwind.example").set_up_webhook("https://loop.example/")


def test_tags_that_an_update_overlooks_are_set_by_their_routes(account: ZendeskAccount) -> None:
    account.service.conduct.ignore_put_tags = True
    patch = Patch(fields={"title": "New"}, add_labels=("one",), remove_labels=("export",))
    item = account.connector.update(TICKET, patch)
    assert (item.title, item.labels) == ("New", ("one",))
    account.service.conduct.ignore_put_tags = False
    before = account.calls()
    assert account.connector.update(TICKET, Patch(add_labels=("two",))).labels == ("one", "two")
    assert account.calls() - before == 1


def test_what_the_requester_thought_is_a_custom_value(account: ZendeskAccount) -> None:
    account.service.state.tickets[1].satisfaction = "offered"
    assert "satisfaction" not in account.connector.get(TICKET).item.custom
    account.service.state.tickets[1].satisfaction = "bad"
    assert account.connector.get(TICKET).item.custom["satisfaction"] == "bad"


class App:
    """An account that gave access to an OAuth app."""

    def __init__(self, account: ZendeskAccount, folder: Path) -> None:
        self.account = account
        bot = account.service.state.users_by_email["loopwright@northwind-soft.example"]
        self.grant = account.service.sign_in.allow(bot)
        self.file = folder / "tokens.json"
        self.connector = self.connect()

    def connect(self) -> ZendeskConnector:
        return self.account.connect(
            email=None,
            api_token=None,
            oauth_client_id=CLIENT_ID,
            oauth_client_secret=SecretStr(CLIENT_SECRET),
            oauth_refresh_token=SecretStr(self.grant.refresh),
            oauth_token_file=self.file,
        )


@pytest.fixture
def app(account: ZendeskAccount, tmp_path: Path) -> App:
    return App(account, tmp_path)


def test_an_oauth_app_signs_in_with_one_call_more_and_only_once(app: App) -> None:
    assert app.connector.check().name == "Loopwright"
    assert app.connect().check().name == "Loopwright"
    assert app.account.requests.made == [
        "POST /oauth/tokens",
        "GET /api/v2/users/me.json",
        "GET /api/v2/users/me.json",
    ]
    assert len(app.account.requests.made) == app.account.calls()


def test_a_confidential_client_needs_no_person(app: App, tmp_path: Path) -> None:
    connector = app.account.connect(
        email=None,
        api_token=None,
        oauth_client_id=CLIENT_ID,
        oauth_client_secret=SecretStr(CLIENT_SECRET),
        oauth_token_file=tmp_path / "own.json",
    )
    assert connector.check().name == "Loopwright"
    assert connector.update(TICKET, Patch(fields={"title": "New"})).title == "New"


def test_a_token_that_ran_out_early_costs_one_request_and_no_halt(app: App) -> None:
    app.connector.check()
    kept = app.file.read_text()
    made = kept.partition('"made":')[2].partition(",")[0]
    app.file.write_text(kept.replace(f'"made":{made}', '"made":1.0'))
    app.account.sandbox.clock.advance(3_600)
    with pytest.raises(Unavailable, match="the next request brings a new one"):
        app.connector.check()
    assert app.connector.check().name == "Loopwright"


def test_access_that_was_taken_away_halts(app: App) -> None:
    app.account.service.sign_in._grants.clear()
    with pytest.raises(AuthFailed, match="invalid_grant") as caught:
        app.connector.check()
    assert app.grant.refresh not in str(caught.value)


def test_files_elsewhere_see_no_rotating_token_either(app: App) -> None:
    state, service = app.account.service.state, app.account.service
    bot = app.account.connector
    made = bot.upload(TICKET, _file(), [b"trace"])
    assert b"".join(app.connector.download(TICKET, made)) == b"trace"
    service.conduct.files_elsewhere = False
    (file,) = app.connector.files(TICKET)
    assert b"".join(app.connector.download(TICKET, file)) == b"trace"
    assert service.files.leaks == 0
    assert state.tickets[1].comments[-1].attachments


def _file() -> FileDraft:
    return FileDraft(name="a.txt", size=5)


def test_one_way_in_is_needed() -> None:
    with pytest.raises(ValidationError, match="oauth_client_secret"):
        ZendeskSettings(url="https://acme.zendesk.com", oauth_client_id="x")
    with pytest.raises(ValidationError, match="OAuth app"):
        ZendeskSettings(url="https://acme.zendesk.com")
