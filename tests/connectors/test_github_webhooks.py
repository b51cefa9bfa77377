"""What the connector makes of GitHub's deliveries, as the emulated GitHub sends them and as others might."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.errors import BadSignature
from connectors.github import GitHubConnector, webhooks
from connectors.protocol import Delivery, WebhookRequest
from sandbox.github import GitHubService
from sandbox.server import Sandbox
from tests.connectors.github_rig import APP, SDK, Gate, settings_for
from tests.sandbox.test_github import company

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECRET = "It's a Secret to Everybody"
SETTINGS = settings_for("https://api.github.com", webhook_secret=SECRET)
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def sent(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest({name.replace("_", "-"): value for name, value in headers.items()}, body, NOW)


def test_the_check_vector_that_github_publishes() -> None:
    request = sent(b"Hello, World!", x_hub_signature_256=SIGNATURE)
    with pytest.raises(BadSignature, match="was signed, but is not"):
        webhooks.receive("gh", SETTINGS, request)


@pytest.mark.parametrize(
    "request_",
    [
        sent(b"Hello, World?", x_hub_signature_256=SIGNATURE),
        sent(b"Hello, World!", x_hub_signature_256=SIGNATURE.removeprefix("sha256=")),
        sent(b"Hello, World!", x_hub_signature_256="sha256=ä"),
        sent(b"Hello, World!"),
    ],
)
def test_what_github_did_not_sign(request_: WebhookRequest) -> None:
    with pytest.raises(BadSignature, match="does not match") as raised:
        webhooks.receive("gh", SETTINGS, request_)
    assert SECRET not in str(raised.value)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature, match="no webhook_secret"):
        webhooks.receive("gh", settings_for("https://api.github.com"), sent(b"{}"))


class Inbox:
    """Hands every delivery to a connector."""

    def __init__(self, sandbox: Sandbox, **given: object) -> None:
        self.deliveries: list[Delivery] = []
        port = sandbox.mount(Starlette(routes=[Route("/hook", self.take, methods=["POST"])]))
        self.url = f"http://127.0.0.1:{port}/hook"
        base_url = sandbox.service(GitHubService).base_url
        secret = sandbox.conditions.webhook_secret
        settings = settings_for(base_url, webhook_secret=secret, **given)
        self.connector = GitHubConnector.open("gh", settings, Gate())

    async def take(self, request: Request) -> Response:
        delivered = WebhookRequest(dict(request.headers), await request.body(), NOW)
        self.deliveries.append(self.connector.receive(delivered))
        return Response()

    def keys(self) -> set[str]:
        return {ref.key for delivery in self.deliveries for ref in delivery.refs}


def test_deliveries_of_the_emulated_github() -> None:
    sandbox = Sandbox([GitHubService])
    service = sandbox.service(GitHubService)
    service.seed(company(issues=2))
    inbox = Inbox(sandbox)
    first, second = service.state.issues.values()
    pull = service.state.put_issue(
        first.repository, title="PR", body=None, user=service.bot, created=first.created, pull_request=True
    )
    with sandbox.running():
        sandbox.call(lambda: service.subscribe(inbox.url))
        sandbox.drain()
        assert len(inbox.deliveries) == 2
        assert inbox.keys() == set(), "a ping hints at nothing"
        sandbox.call(lambda: service.person_sets(str(first.id), add_label="bug 2"))
        sandbox.call(lambda: service.person_comments(str(second.id), "Hm", internal=False))
        sandbox.call(lambda: service.person_comments(str(pull.id), "Hm", internal=False))
        sandbox.drain()
        assert inbox.keys() == {f"{APP}#1", f"{APP}#2"}
        moved = sandbox.call(lambda: service.person_transfers(str(first.id), SDK))
        sandbox.drain()
        known = {(ref.id, ref.key) for delivery in inbox.deliveries for ref in delivery.refs}
        assert (moved, f"{SDK}#1") in known
    assert len({delivery.id for delivery in inbox.deliveries}) == len(inbox.deliveries)


def test_deliveries_as_a_form() -> None:
    sandbox = Sandbox([GitHubService])
    service = sandbox.service(GitHubService)
    service.seed(company(issues=1))
    inbox = Inbox(sandbox)
    [issue] = service.state.issues.values()
    secret = sandbox.conditions.webhook_secret
    service.state.add_hook(issue.repository, inbox.url, ["issues"], secret=secret, content_type="form")
    with sandbox.running():
        sandbox.call(lambda: service.person_sets(str(issue.id), title="Ümläut & more"))
        sandbox.drain()
    [delivery] = inbox.deliveries
    assert [ref.id for ref in delivery.refs] == [str(issue.id)]


@pytest.mark.parametrize("reads", [True, False])
def test_deliveries_about_releases_count_where_releases_are_read(reads: bool) -> None:
    sandbox = Sandbox([GitHubService])
    service = sandbox.service(GitHubService)
    service.seed(company(issues=1))
    inbox = Inbox(sandbox, releases=reads)
    repository = service.state.repository(APP)
    assert repository
    secret = sandbox.conditions.webhook_secret
    service.state.add_hook(repository, inbox.url, ["release"], secret=secret)
    with sandbox.running():
        made = sandbox.call(
            lambda: service.publishing.add_release(repository, service.bot, tag="v1", name=None, body=None)
        )
        sandbox.drain()
    refs = {(ref.id, ref.key) for delivery in inbox.deliveries for ref in delivery.refs}
    assert refs == ({(f"release:{made.id}", f"{APP}@v1")} if reads else set())


def test_a_push_hints_at_the_documents_that_it_touched() -> None:
    sandbox = Sandbox([GitHubService])
    service = sandbox.service(GitHubService)
    service.seed(company(issues=1))
    inbox = Inbox(sandbox, documents=["docs/*.md"])
    repository = service.state.repository(APP)
    assert repository
    service.state.add_hook(repository, inbox.url, ["push"], secret=sandbox.conditions.webhook_secret)
    files = {"docs/a.md": b"# A", "src/b.md": b"# B"}
    with sandbox.running():
        sandbox.call(lambda: service.publishing.commit(repository, service.bot, "Write", files))
        sandbox.drain()
        assert inbox.keys() == {f"{APP}:docs/a.md"}
        sandbox.call(lambda: service.publishing.commit(repository, service.bot, "Away", {"docs/a.md": None}))
        sandbox.drain()
    assert [len(delivery.refs) for delivery in inbox.deliveries] == [1, 0]
