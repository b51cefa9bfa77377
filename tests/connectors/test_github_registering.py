"""Having GitHub send webhooks: one for each repository, or word of what a person has to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.abilities import SetsUpWebhooks
from connectors.github import GitHubConnector, GitHubSettings
from sandbox.github.records import Hook
from tests.connectors.github_rig import APP, SDK, Rig, rig

__all__ = ["rig"]

URL = "https://loop.example/hooks/gh"


@pytest.fixture
def connector(rig: Rig) -> Iterator[GitHubConnector]:
    made = rig.open(webhook_secret="s3cret")
    yield made
    made.close()


def hooks(rig: Rig, name: str) -> list[Hook]:
    repository = rig.service.state.repository(name)
    assert repository
    return [*repository.hooks.values()]


def test_every_repository_gets_a_webhook_with_our_secret(rig: Rig, connector: GitHubConnector) -> None:
    assert isinstance(connector, SetsUpWebhooks)
    setup = connector.set_up_webhook(URL)
    made = [hook for name in (APP, SDK) for hook in hooks(rig, name)]
    assert setup.id == ", ".join(str(hook.id) for hook in made)
    assert setup.secret
    assert (setup.secret.get_secret_value(), setup.steps) == ("s3cret", ())
    for hook in made:
        assert (hook.url, hook.secret, hook.content_type) == (URL, "s3cret", "json")
        assert hook.events == ("issues", "issue_comment")


def test_repeating_it_changes_the_webhook_that_is_there(rig: Rig, connector: GitHubConnector) -> None:
    first = connector.set_up_webhook(URL)
    [hook] = hooks(rig, APP)
    hook.active, hook.secret = False, "forgotten"
    assert connector.set_up_webhook(URL).id == first.id
    assert (hook.active, hook.secret) == (True, "s3cret")


def test_a_secret_is_made_where_there_is_none(rig: Rig) -> None:
    connector = rig.open()
    secret = connector.set_up_webhook(URL).secret
    connector.close()
    assert secret
    assert [hook.secret for hook in hooks(rig, APP)] == [secret.get_secret_value()]


def test_where_the_token_may_not_a_person_is_told_what_to_click(rig: Rig, connector: GitHubConnector) -> None:
    repository = rig.service.state.repository(SDK)
    assert repository
    repository.access = "read"
    setup = connector.set_up_webhook(URL)
    assert setup.id == str(hooks(rig, APP)[0].id)
    assert hooks(rig, SDK) == []
    told = "\n".join(setup.steps)
    assert f"/{SDK}/settings/hooks/new" in told
    assert URL in told
    assert "s3cret" not in told


def test_an_app_has_a_webhook_of_its_own_in_its_settings(rig: Rig) -> None:
    installation = rig.sandbox.call(lambda: rig.service.install_app({"issues": "write"}))
    values = {
        "repositories": [APP],
        "app_id": str(installation.app.id),
        "installation_id": installation.id,
        "app_private_key": installation.key.pem(),
    }
    connector = GitHubConnector.open("gh", GitHubSettings.model_validate(values), rig.gate)
    setup = connector.set_up_webhook(URL)
    connector.close()
    assert setup.id is None
    assert setup.secret
    told = "\n".join(setup.steps)
    assert "https://github.com/settings/apps" in told
    assert URL in told
    assert rig.gate.calls == []
