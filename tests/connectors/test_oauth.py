"""An access token that renews itself: once for all who share it, and never at the cost of the only key."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from connectors.oauth import EARLY, OAuthSettings, RotatingToken
from connectors.protocol import OpenGate
from tests.connectors.token_endpoint import CLIENT, FIRST, SECRET, TokenEndpoint, token_endpoint


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint() as server:
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zendesk.json"


class Time:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def settings(file: Path, **changed: str) -> OAuthSettings:
    given = {
        "oauth_client_id": CLIENT,
        "oauth_client_secret": SECRET,
        "oauth_refresh_token": FIRST,
        "oauth_token_file": file,
    }
    return OAuthSettings.model_validate({**given, **changed})


def token(
    endpoint: TokenEndpoint,
    file: Path,
    time: Time | None = None,
    gate: OpenGate | None = None,
    **changed: str,
) -> RotatingToken:
    asked = settings(file, **changed)
    return RotatingToken("support", asked, endpoint.url, gate or OpenGate(), timeout=5, now=time or Time())


def test_the_first_use_exchanges_the_refresh_token_of_the_settings(
    endpoint: TokenEndpoint, file: Path
) -> None:
    gate = OpenGate()
    mine = token(endpoint, file, gate=gate)
    assert endpoint.asked == 0, "making it makes no request"
    assert [mine.current(), mine.current()] == ["access-1", "access-1"]
    assert gate.calls == [("POST", "/oauth/tokens")]
    assert endpoint.asked == 1


def test_the_file_is_for_its_owner_alone_and_outlives_the_process(
    endpoint: TokenEndpoint, file: Path
) -> None:
    token(endpoint, file).current()
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {
        "zendesk.json": 0o600,
        "zendesk.json.lock": 0o600,
    }
    assert token(endpoint, file).current() == "access-1"
    assert endpoint.asked == 1


def test_it_is_renewed_before_its_end_with_the_token_that_came_back(
    endpoint: TokenEndpoint, file: Path
) -> None:
    time = Time()
    mine = token(endpoint, file, time)
    for number in range(1, 4):
        assert mine.current() == f"access-{number}"
        time.seconds += 3600 - EARLY - 1
        assert mine.current() == f"access-{number}"
        time.seconds += 1
    assert endpoint.asked == 3


def test_a_short_life_is_used_by_half_and_none_never_ends(endpoint: TokenEndpoint, file: Path) -> None:
    time = Time()
    mine = token(endpoint, file, time)
    endpoint.lives = 60
    mine.current()
    time.seconds += 29
    assert mine.current() == "access-1"
    time.seconds += 1
    endpoint.lives = None
    assert mine.current() == "access-2"
    time.seconds += 1e9
    assert mine.current() == "access-2"


def test_many_threads_share_one_renewal(endpoint: TokenEndpoint, file: Path) -> None:
    """Each has an object of its own, as each thread of the engine has its connector."""
    time = Time()
    mine = [token(endpoint, file, time) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(RotatingToken.current, mine)} == {"access-1"}
        time.seconds += 3600
        assert {*pool.map(RotatingToken.current, mine)} == {"access-2"}
    assert endpoint.asked == 2


def test_several_processes_share_one_renewal(endpoint: TokenEndpoint, file: Path) -> None:
    script = (
        "from tests.connectors.test_oauth import settings\n"
        "from connectors.oauth import RotatingToken\n"
        "from connectors.protocol import OpenGate\n"
        "from pathlib import Path\n"
        f"mine = RotatingToken('a', settings(Path({str(file)!r})), {endpoint.url!r}, OpenGate())\n"
        "print(mine.current())\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0] for process in running] == ["access-1\n"] * 3
    assert endpoint.asked == 1


def test_a_new_refresh_token_in_the_settings_starts_anew(endpoint: TokenEndpoint, file: Path) -> None:
    token(endpoint, file).current()
    endpoint.good = "given-anew"
    assert token(endpoint, file, oauth_refresh_token="given-anew").current() == "access-2"
    assert token(endpoint, file, oauth_refresh_token="given-anew").current() == "access-2"
    assert endpoint.asked == 2


def test_a_dead_refresh_token_halts_and_says_what_to_do(endpoint: TokenEndpoint, file: Path) -> None:
    endpoint.good = "another"
    with pytest.raises(AuthFailed, match="support: POST /oauth/tokens answered 400: invalid_grant") as caught:
        token(endpoint, file).current()
    assert "oauth_refresh_token" in caught.value.advice
    assert endpoint.asked == 1, "once"
    with pytest.raises(AuthFailed, match="invalid_client") as caught:
        token(endpoint, file, oauth_client_secret="wrong").current()
    assert "oauth_client_secret" in caught.value.advice


@pytest.mark.parametrize(
    ("status", "body", "headers", "error"),
    [
        (429, b"{}", {"Retry-After": "7"}, RateLimited),
        (429, b"{}", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, RateLimited),
        (503, b"<html>later</html>", {}, Unavailable),
        (302, b"", {"Location": "http://127.0.0.1:9/"}, Unavailable),
        (200, b"<html>hello</html>", {}, Unavailable),
        (200, b'{"access_token":""}', {}, Unavailable),
        (0, b"", {}, Unavailable),
    ],
)
def test_a_failure_to_renew_is_tried_again_by_the_next_request_alone(
    endpoint: TokenEndpoint,
    file: Path,
    status: int,
    body: bytes,
    headers: dict[str, str],
    error: type[ConnectorError],
) -> None:
    endpoint.answers_next = (status, body, headers)
    mine = token(endpoint, file)
    with pytest.raises(error, match=r"^support: ") as caught:
        mine.current()
    assert endpoint.asked == 1
    if headers.get("Retry-After") == "7":
        assert isinstance(caught.value, RateLimited)
        assert caught.value.retry_after == 7
    assert mine.current() == "access-1"


def test_nobody_there_is_unavailable(endpoint: TokenEndpoint, file: Path) -> None:
    mine = RotatingToken("support", settings(file), "http://127.0.0.1:9/oauth/tokens", OpenGate())
    with pytest.raises(Unavailable, match="could not renew"):
        mine.current()


def test_no_error_tells_a_secret(endpoint: TokenEndpoint, file: Path) -> None:
    endpoint.answers_next = (400, f'{{"error":"{FIRST} {SECRET}"}}'.encode(), {})
    with pytest.raises(AuthFailed) as caught:
        token(endpoint, file).current()
    file.write_text(f'{{"access": "{SECRET}"}}')
    with pytest.raises(AuthFailed) as garbled:
        token(endpoint, file).current()
    for error in (caught.value, garbled.value):
        for secret in (FIRST, SECRET):
            assert secret not in f"{error!s} {error.__cause__!r} {settings(file)!r}"


def test_a_closed_gate_stops_it(endpoint: TokenEndpoint, file: Path) -> None:
    class Closed(Exception):
        pass

    def closed(method: str, path: str) -> None:
        raise Closed

    with pytest.raises(Closed):
        token(endpoint, file, gate=OpenGate(closed)).current()
    assert endpoint.asked == 0
    assert token(endpoint, file).current() == "access-1", "and lets go of the lock"


def test_what_cannot_be_kept_is_not_used(
    endpoint: TokenEndpoint, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full just when the file is to be replaced: the old one stands, no other file is left."""
    time = Time()
    mine = token(endpoint, file, time)
    mine.current()
    before = file.read_bytes()
    time.seconds += 3600
    with monkeypatch.context() as patch:

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("os.fsync", full)
        with pytest.raises(AuthFailed, match=r"zendesk\.json cannot be written \(No space left on device\)"):
            mine.current()
    assert file.read_bytes() == before
    assert {path.name for path in file.parent.iterdir()} == {"zendesk.json", "zendesk.json.lock"}


def test_a_folder_that_is_not_there_is_named(endpoint: TokenEndpoint, tmp_path: Path) -> None:
    with pytest.raises(AuthFailed, match="locked") as caught:
        token(endpoint, tmp_path / "nowhere" / "file.json").current()
    assert "oauth_token_file" in caught.value.advice
    assert endpoint.asked == 0, "a refresh token whose successor cannot be kept is not spent"


def test_a_refused_token_is_renewed_unless_it_is_new(endpoint: TokenEndpoint, file: Path) -> None:
    time = Time()
    mine, other = token(endpoint, file, time), token(endpoint, file, time)
    old = mine.current()
    assert not mine.refused(old), "a token as new as that will not do better next time"
    time.seconds += 61
    assert mine.refused(old)
    assert other.current() == "access-2"
    assert mine.refused(old), "another process has renewed it meanwhile"
    assert mine.current() == "access-2"
    assert endpoint.asked == 2


class Confidential(OAuthSettings):
    """Settings of a tool that lets an app in without a person."""

    oauth_by_person = False


def test_an_app_without_a_person_asks_anew_each_time_and_shares_what_it_gets(
    endpoint: TokenEndpoint, file: Path
) -> None:
    app = Confidential.model_validate(
        {"oauth_client_id": CLIENT, "oauth_client_secret": SECRET, "oauth_token_file": file}
    )
    time = Time()
    mine, other = (
        RotatingToken("support", app, endpoint.url, OpenGate(), scope="read", now=time) for _ in range(2)
    )
    assert mine.current() == other.current() == "access-1 for read"
    time.seconds += 3600
    assert other.current() == mine.current() == "access-2 for read"
    assert endpoint.asked == 2
    with pytest.raises(ValidationError, match="oauth_token_file"):
        Confidential(oauth_client_id=CLIENT, oauth_client_secret=SecretStr(SECRET))


def test_an_app_is_named_as_a_whole_or_not_at_all(file: Path) -> None:
    assert OAuthSettings().oauth_client_id is None
    with pytest.raises(ValidationError, match="oauth_client_secret and oauth_refresh_token"):
        OAuthSettings(oauth_client_id=CLIENT, oauth_token_file=file)
    assert isinstance(settings(file).oauth_client_secret, SecretStr)
