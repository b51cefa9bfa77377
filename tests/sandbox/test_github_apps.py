"""Apps of the emulated GitHub: keys, tokens that die after an hour, permissions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest
from jwt import encode

from sandbox.github import GitHubService
from sandbox.github.apps import Installation
from sandbox.github.rsa import key_pair
from sandbox.server import Sandbox
from tests.sandbox.test_github import APP, company


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=2))
    with made.running():
        yield made


@pytest.fixture
def installation(sandbox: Sandbox) -> Installation:
    permissions = {"issues": "write", "metadata": "read"}
    return sandbox.call(lambda: sandbox.service(GitHubService).install_app(permissions))


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=sandbox.service(GitHubService).base_url, headers={"User-Agent": "test"}
    ) as made:
        yield made


def assertion(sandbox: Sandbox, installation: Installation, **claims: object) -> dict[str, str]:
    now = int(sandbox.clock.now().timestamp())
    told = {"iat": now - 60, "exp": now + 300, "iss": str(installation.app.id), **claims}
    return {"Authorization": f"Bearer {encode(told, installation.key.pem(), 'RS256')}"}


def token(sandbox: Sandbox, installation: Installation, client: httpx.Client) -> dict[str, str]:
    path = f"/app/installations/{installation.id}/access_tokens"
    answer = client.post(path, headers=assertion(sandbox, installation))
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_an_app_knows_itself_by_a_signature_with_its_id_or_its_client_id(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    for name in (installation.app.id, installation.app.client_id):
        answer = client.get("/app", headers=assertion(sandbox, installation, iss=str(name)))
        assert answer.json()["slug"] == "loopwright-sync"


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": 1}, "future time"),
        ({"exp": 9_999_999_999}, "too far in the future"),
        ({"iat": 9_999_999_999}, "'Issued at'"),
        ({"iss": "556"}, "could not be decoded"),
    ],
)
def test_claims_that_do_not_hold_are_401(
    sandbox: Sandbox,
    installation: Installation,
    client: httpx.Client,
    claims: dict[str, object],
    message: str,
) -> None:
    answer = client.get("/app", headers=assertion(sandbox, installation, **claims))
    assert (answer.status_code, message in answer.json()["message"]) == (401, True)


def test_a_signature_of_another_key_is_401(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    good = assertion(sandbox, installation)["Authorization"]
    head, claims, signature = good.split(".")
    forged = base64.urlsafe_b64encode(hashlib.sha256(signature.encode()).digest() * 8).decode().rstrip("=")
    for wrong in (".".join((head, claims, forged)), f"{head}.{claims}", "Bearer x"):
        assert client.get("/app", headers={"Authorization": wrong}).status_code == 401


def test_an_installation_token_is_long_and_dies_after_an_hour_with_401(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    signed = token(sandbox, installation, client)
    assert len(signed["Authorization"]) > 200
    assert client.get(f"{APP}/issues", headers=signed).status_code == 200
    sandbox.clock.advance(3601)
    answer = client.get(f"{APP}/issues", headers=signed)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    assert client.get(f"{APP}/issues", headers=token(sandbox, installation, client)).status_code == 200


def test_an_etag_dies_with_the_token_it_was_given_to(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    first, second = (token(sandbox, installation, client) for _ in range(2))
    tag = {"If-None-Match": client.get(f"{APP}/issues", headers=first).headers["etag"]}
    assert client.get(f"{APP}/issues", headers=first | tag).status_code == 304
    assert client.get(f"{APP}/issues", headers=second | tag).status_code == 200


def test_a_missing_permission_is_403_and_says_which_one(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    signed = token(sandbox, installation, client)
    answer = client.get(f"{APP}/hooks", headers=signed)
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert answer.headers["x-accepted-github-permissions"] == "repository_hooks=read"
    assert client.get("/user", headers=signed).status_code == 403
    installation.permissions["issues"] = "read"
    refused = client.post(f"{APP}/issues", headers=signed, json={"title": "t"})
    assert (refused.status_code, refused.headers["x-accepted-github-permissions"]) == (403, "issues=write")


def test_what_an_app_writes_bears_its_bot_and_its_name(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    signed = token(sandbox, installation, client)
    issue = client.post(f"{APP}/issues", headers=signed, json={"title": "t"}).json()
    assert (issue["user"]["login"], issue["user"]["type"]) == ("loopwright-sync[bot]", "Bot")
    assert issue["performed_via_github_app"]["id"] == installation.app.id
    said = client.post(f"{issue['url']}/comments", headers=signed, json={"body": "b"}).json()
    assert said["performed_via_github_app"]["slug"] == "loopwright-sync"


def test_each_credential_has_an_hour_of_its_own(
    sandbox: Sandbox, installation: Installation, client: httpx.Client
) -> None:
    signed = token(sandbox, installation, client)
    sandbox.service(GitHubService).limits.used = 5000
    assert client.get(f"{APP}/issues", headers=signed).headers["x-ratelimit-remaining"] == "4999"


def test_a_key_is_of_2048_bits_and_reads_as_a_pem_file() -> None:
    pem = key_pair().pem()
    assert key_pair().modulus.bit_length() == 2048
    assert pem.startswith("-----BEGIN RSA")
    assert json.dumps(pem).count("\\n") > 20
