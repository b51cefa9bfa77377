"""The sandbox's own API over real sockets: acts, faults, time, webhooks, the stream, and who may call it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

import httpx
import pytest

from sandbox.app import WholeSandbox
from sandbox.trouble import FaultKind, HookFaultKind
from tests.repository.dockerfile import ROOT
from tests.sandbox.fake import FakeGitHub, FakeJira, FakeZendesk, running_fakes


@pytest.fixture
def sandbox() -> Iterator[WholeSandbox]:
    with running_fakes() as running:
        yield running


@pytest.fixture
def api(sandbox: WholeSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.page_url}/api", trust_env=False) as client:
        yield client


def refused(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


def test_services_count_their_calls(sandbox: WholeSandbox, api: httpx.Client) -> None:
    zendesk = sandbox.service(FakeZendesk)
    httpx.patch(f"{zendesk.base_url}/items/1", json={"status": "open"}, trust_env=False)
    services = {service["name"]: service for service in api.get("/services").json()}
    assert list(services) == ["zendesk", "jira", "github", "notion"]
    assert services["zendesk"]["url"] == zendesk.base_url
    assert [service["calls"] for service in services.values()] == [1, 0, 0, 0]
    assert services["zendesk"]["priorities"] == ["urgent", "high", "normal", "low"]
    assert services["github"]["priorities"] == []


def test_board_is_newest_first_and_searchable(api: httpx.Client) -> None:
    board = api.get("/board").json()
    assert [card["key"] for card in board["jira"]] == ["ENG-3", "ENG-2", "ENG-1"]
    assert board["jira"][0]["mentions"] == ["ZD-1"]
    assert [card["key"] for card in api.get("/board?limit=1").json()["zendesk"]] == ["ZD-2"]
    found = api.get("/board", params={"service": "jira", "search": "mirror"}).json()
    assert {name: [card["key"] for card in cards] for name, cards in found.items()} == {"jira": ["ENG-3"]}
    assert "limit" in refused(api.get("/board?limit=0"))
    assert "there are: zendesk, jira" in refused(api.get("/board?service=asana"), 404)


def test_item_with_its_comments(sandbox: WholeSandbox, api: httpx.Client) -> None:
    sandbox.call(lambda: sandbox.service(FakeZendesk).person_comments("1", "See ENG-3", internal=True))
    card = api.get("/items/zendesk/1").json()
    assert card["mentions"] == ["ENG-3"]
    [said] = card["comments"]
    assert (said["author"], said["text"], said["internal"]) == ("Sam Norwick", "See ENG-3", True)
    assert refused(api.get("/items/zendesk/77"), 404) == "zendesk has no item 77"


def test_containers(api: httpx.Client) -> None:
    assert api.get("/containers/github").json() == ["acme/app"]


@pytest.mark.parametrize(
    ("act", "field", "value"),
    [
        ({"act": "status", "value": "hold"}, "status", "hold"),
        ({"act": "priority", "value": "urgent"}, "priority", "urgent"),
        ({"act": "title", "value": "Renamed"}, "title", "Renamed"),
        ({"act": "add_label", "value": "vip"}, "labels", ["bug", "export", "vip"]),
        ({"act": "remove_label", "value": "bug"}, "labels", ["export"]),
    ],
)
def test_a_person_changes_one_thing(
    api: httpx.Client, act: dict[str, str], field: str, value: object
) -> None:
    before = api.get("/items/zendesk/2").json()
    after = api.post("/act", json={"service": "zendesk", "item": "2", **act}).json()["card"]
    assert after[field] == value
    ignored = {field, "updated"}
    assert {name: after[name] for name in after.keys() - ignored} == {
        name: before[name] for name in before.keys() - ignored
    }


@pytest.mark.parametrize("internal", [True, False])
def test_a_person_comments(api: httpx.Client, internal: bool) -> None:
    act = {"act": "comment", "service": "zendesk", "item": "1", "text": "Hello", "internal": internal}
    [said] = api.post("/act", json=act).json()["card"]["comments"]
    assert (said["text"], said["internal"]) == ("Hello", internal)


def test_a_comment_is_internal_unless_said_otherwise(api: httpx.Client) -> None:
    act = {"act": "comment", "service": "zendesk", "item": "1", "text": "Hello"}
    assert api.post("/act", json=act).json()["card"]["comments"][0]["internal"] is True


def test_a_person_creates(sandbox: WholeSandbox, api: httpx.Client) -> None:
    act = {
        "act": "create",
        "service": "jira",
        "title": "New",
        "body": "b",
        "container": "MOB",
        "labels": ["x"],
    }
    made = api.post("/act", json=act).json()
    assert made["card"]["title"] == "New"
    assert sandbox.service(FakeJira).items[made["id"]].labels == ("x",)
    assert sandbox.service(FakeJira).items[made["id"]].container == "MOB"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            {"act": "status", "service": "zendesk", "item": "1", "value": "gone"},
            400,
            "status must be one of new, open",
        ),
        ({"act": "status", "service": "zendesk", "item": "77", "value": "open"}, 400, "there is no item 77"),
        (
            {"act": "comment", "service": "zendesk", "item": "1", "text": ""},
            400,
            "comment.text: String should have",
        ),
        ({"act": "dance", "service": "zendesk", "item": "1"}, 400, "does not match any of the expected tags"),
        (
            {"act": "title", "service": "asana", "item": "1", "value": "x"},
            404,
            "no service is called 'asana'",
        ),
        ([], 400, "Input should be"),
    ],
)
def test_what_makes_no_sense_is_explained(api: httpx.Client, body: object, status: int, words: str) -> None:
    assert words in refused(api.post("/act", json=body), status)


def test_clock_goes_forward(sandbox: WholeSandbox, api: httpx.Client) -> None:
    before = sandbox.clock.now()
    assert api.post("/clock", json={"advance": 3600}).status_code == 200
    assert (sandbox.clock.now() - before).total_seconds() >= 3600
    assert api.get("/clock").json()["now"][:13] == sandbox.clock.now().isoformat()[:13]
    assert "advance" in refused(api.post("/clock", json={"advance": -1}))


def test_faults_strike_as_often_as_asked(sandbox: WholeSandbox, api: httpx.Client) -> None:
    fault = {"service": "jira", "kind": "unavailable", "match": "PATCH", "times": 2}
    assert api.post("/faults", json=fault).json()["jira"]["asked"] == [
        {"kind": "unavailable", "match": "PATCH", "times": 2, "seconds": None}
    ]
    url = f"{sandbox.service(FakeJira).base_url}/items/1"
    answers = [httpx.patch(url, json={}, trust_env=False).status_code for _ in range(3)]
    assert answers == [503, 503, 200]
    told = api.get("/faults").json()["jira"]
    assert told["asked"] == []
    assert told["struck"] == [
        {"sort": "request", "number": number, "what": "PATCH /items/1", "kind": "unavailable"}
        for number in (1, 2)
    ]
    assert "not a regular expression" in refused(api.post("/faults", json={**fault, "match": "("}))
    assert "kind" in refused(api.post("/faults", json={**fault, "kind": "meteor"}))
    assert "asana" in refused(api.post("/faults", json={**fault, "service": "asana"}), 404)


def test_a_frozen_clock_stands_until_it_is_moved_or_let_go(sandbox: WholeSandbox, api: httpx.Client) -> None:
    stands = api.post("/clock", json={"frozen": True}).json()
    assert stands["frozen"] is True
    assert api.get("/clock").json() == stands
    moved = api.post("/clock", json={"advance": 90}).json()
    passed = datetime.fromisoformat(moved["now"]) - datetime.fromisoformat(stands["now"])
    assert passed.total_seconds() == 90
    assert api.post("/clock", json={"frozen": False}).json()["frozen"] is False
    assert not sandbox.clock.frozen


def test_weather_strikes_by_chance_until_it_is_calmed(sandbox: WholeSandbox, api: httpx.Client) -> None:
    url = f"{sandbox.service(FakeJira).base_url}/items/1"
    weather = {"service": "jira", "seed": 5, "odds": {"unavailable": 0.5, "late": 0.1}, "match": "^PATCH"}
    answers = []
    for _ in range(2):
        assert api.post("/weather", json=weather).json()["jira"]["weather"] == {
            "seed": 5,
            "odds": {"unavailable": 0.5, "late": 0.1},
            "match": "^PATCH",
            "seconds": None,
        }
        answers.append([httpx.patch(url, json={}, trust_env=False).status_code for _ in range(12)])
    assert answers[0] == answers[1]
    assert set(answers[0]) == {200, 503}
    struck = api.get("/faults").json()["jira"]["struck"]
    assert [strike["number"] for strike in struck] == [
        number for number, status in enumerate(answers[0] + answers[1], 1) if status == 503
    ]
    calmed = api.delete("/faults", params={"service": "jira"}).json()["jira"]
    assert (calmed["weather"], calmed["asked"], calmed["struck"]) == (None, [], struck)
    assert httpx.patch(url, json={}, trust_env=False).status_code == 200
    assert "together at most 1" in refused(
        api.post("/weather", json={**weather, "odds": {"cut": 0.7, "html": 0.7}})
    )
    assert "asana" in refused(api.delete("/faults", params={"service": "asana"}), 404)


def test_webhook_addresses(sandbox: WholeSandbox, api: httpx.Client) -> None:
    hook = {"service": "github", "url": "http://127.0.0.1:9/hook"}
    assert api.post("/webhooks", json=hook).status_code == 200
    assert sandbox.service(FakeGitHub).subscribed == ["http://127.0.0.1:9/hook"]
    assert "url" in refused(api.post("/webhooks", json={**hook, "url": "file:///etc/hosts"}))


def events(stream: httpx.Response) -> Iterator[tuple[str, dict[str, object]]]:
    name = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def test_stream_tells_changes_and_the_story(sandbox: WholeSandbox, api: httpx.Client) -> None:
    assert api.post("/story", json={"text": "Once upon a time"}).status_code == 200
    with api.stream("GET", "/stream") as stream:
        heard = events(stream)
        assert next(heard) == ("hello", {})
        assert next(heard) == ("story", {"text": "Once upon a time", "kind": "note", "refs": []})
        zendesk = sandbox.service(FakeZendesk)
        httpx.patch(f"{zendesk.base_url}/items/1", json={"status": "hold"}, trust_env=False)
        name, change = next(heard)
        assert name == "changed"
        assert (change["service"], change["id"]) == ("zendesk", "1")
        assert isinstance(change["card"], dict)
        assert change["card"]["status"] == "hold"
        line = {"text": "It travels", "kind": "sync", "refs": [{"service": "jira", "key": "ENG-1"}]}
        api.post("/story", json=line)
        assert next(heard) == ("story", {**line, "refs": [{"service": "jira", "id": "", "key": "ENG-1"}]})
        sandbox.call(lambda: zendesk.remove("2"))
        assert next(heard) == ("changed", {"service": "zendesk", "id": "2", "card": None})


def test_many_changes_of_one_item_are_told_once(sandbox: WholeSandbox, api: httpx.Client) -> None:
    jira = sandbox.service(FakeJira)

    def busy() -> None:
        for number in range(50):
            jira.change("1", title=f"Title {number}")
        jira.change("2", title="Last")

    with api.stream("GET", "/stream") as stream:
        heard = events(stream)
        next(heard)
        sandbox.call(busy)
        (_, first), (_, second) = next(heard), next(heard)
    assert isinstance(first["card"], dict)
    assert (first["id"], first["card"]["title"], second["id"]) == ("1", "Title 49", "2")


def test_who_may_call(sandbox: WholeSandbox, api: httpx.Client) -> None:
    own = sandbox.page_url.removeprefix("http://")
    port = own.rpartition(":")[2]
    assert "other sites" in refused(api.get("/clock", headers={"Origin": "http://evil.example"}), 403)
    assert "other sites" in refused(api.get("/clock", headers={"Origin": "null"}), 403)
    assert "other sites" in refused(api.get("/clock", headers={"Origin": "http://127.0.0.1:1"}), 403)
    assert "answers to" in refused(api.get("/clock", headers={"Host": f"evil.example:{port}"}), 403)
    assert api.get("/clock", headers={"Origin": f"http://{own}"}).status_code == 200
    assert api.get("/clock", headers={"Host": f"localhost:{port}"}).status_code == 200
    plain = {"Content-Type": "text/plain"}
    assert "JSON" in refused(api.post("/clock", content='{"advance": 1}', headers=plain), 415)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert "JSON" in refused(api.post("/clock", content="advance=1", headers=form), 415)
    assert "Invalid JSON" in refused(
        api.post("/clock", content="{", headers={"Content-Type": "application/json; charset=utf-8"})
    )


def test_page_and_its_headers(sandbox: WholeSandbox) -> None:
    page = httpx.get(sandbox.page_url, trust_env=False)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert httpx.get(f"{sandbox.page_url}/../app.py", trust_env=False).status_code == 404
    assert httpx.get(f"{sandbox.page_url}/%2e%2e/app.py", trust_env=False).status_code == 404


def test_the_page_of_docs_names_every_fault_and_its_examples_work(api: httpx.Client) -> None:
    page = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")
    assert [
        kind for kind in (*get_args(FaultKind), *get_args(HookFaultKind)) if f"`{kind}`" not in page
    ] == []
    examples = [json.loads(block) for block in re.findall(r"```\n(\{.*?\})\n```", page, re.DOTALL)]
    fault, weather = examples
    assert api.post("/faults", json=fault).json()["jira"]["asked"][0]["kind"] == fault["kind"]
    assert api.post("/weather", json=weather).json()["zendesk"]["weather"]["odds"] == weather["odds"]
