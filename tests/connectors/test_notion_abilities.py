"""What a Notion connection can do beside the protocol: limits, comments edited, people found, steps told."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from connectors.abilities import EditsComments, FindsPeople, SetsUpWebhooks, StatesLimits
from connectors.errors import AuthFailed, Forbidden, NotFound, RateLimited, Rejected
from connectors.limits import Standing
from connectors.model import Audience, CommentDraft, Draft, JsonValue, Patch, Ref
from connectors.notion import NotionConnector, remarks
from sandbox.credentials import TOKEN
from sandbox.notion.databases import new_property
from sandbox.notion.markdown import words
from tests.conformance.notion_world import NotionWorld


def row(scene: NotionWorld) -> Ref:
    return Ref(connection="notion", id=next(iter(scene.service.source("Feedback").rows)))


def said(body: str) -> CommentDraft:
    return CommentDraft(body=body, marker="lw-c")


@pytest.mark.parametrize(("plan", "requests"), [("free", 180), ("plus", 180), ("business", 600)])
def test_the_plan_decides_how_many_requests_a_minute(plan: str, requests: float) -> None:
    assert isinstance(NotionConnector, StatesLimits)
    settings = NotionConnector.Settings.model_validate({"token": "t", "plan": plan})
    (limit,) = NotionConnector.limits(settings)
    assert (limit.amount, limit.seconds) == (requests, 60)
    assert limit.bucket("GET", "/v1/users/me") == ""
    assert limit.bucket("GET", "/0f3a/report.pdf") is None


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("public_api_request_rate_limit", [Standing("connection", 0, 12)]),
        ("public_api_space_request_rate_limit", [Standing("connection", 0, 12)]),
        ("public_api_endpoint_rate_limit", []),
    ],
)
def test_the_gate_hears_that_nothing_is_left(
    scene: NotionWorld, notion: NotionConnector, reason: str, told: list[Standing]
) -> None:
    scene.service.quirks.refusals.append((reason, 12))
    with pytest.raises(RateLimited) as caught:
        notion.check()
    assert caught.value.retry_after == 12
    assert scene.gate.standings == told


def test_a_pool_that_is_empty_for_minutes_is_waited_for(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.refusals.append(("public_api_space_request_rate_limit", 340))
    with pytest.raises(RateLimited) as caught:
        notion.check()
    assert caught.value.retry_after == 340


def test_a_blocked_connection_waits_for_nothing(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.refusals.append(("public_api_request_blocked", 60))
    with pytest.raises(AuthFailed, match="blocked"):
        notion.check()


def test_a_comment_is_edited_and_deleted(scene: NotionWorld, notion: NotionConnector) -> None:
    assert isinstance(notion, EditsComments)
    made = notion.comment(row(scene), said("We look at it."))
    edited = notion.edit_comment(row(scene), made.id, said("It is **done**."))
    assert (edited.id, edited.body) == (made.id, "It is **done**.")
    assert notion.comments(row(scene)) == (edited,)
    notion.delete_comment(row(scene), made.id)
    notion.delete_comment(row(scene), made.id)
    assert notion.comments(row(scene)) == ()
    with pytest.raises(NotFound):
        notion.edit_comment(row(scene), made.id, said("Gone"))


def test_a_late_save_of_an_edit_is_an_edit(scene: NotionWorld, notion: NotionConnector) -> None:
    made = notion.comment(row(scene), said("We look at it."))
    scene.service.quirks.saved_but_503 = 1
    assert notion.edit_comment(row(scene), made.id, said("Done.")).body == "Done."


def test_an_edit_is_kept_from_the_web_too(
    scene: NotionWorld, notion: NotionConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = notion.comment(row(scene), said("Between us."))
    scene.service.workspace.pages[row(scene).id].public_url = "https://northwind.notion.site/row"
    later = time.monotonic() + 60
    monkeypatch.setattr(remarks, "time", SimpleNamespace(monotonic=lambda: later))
    with pytest.raises(Rejected, match="published"):
        notion.edit_comment(row(scene), made.id, said("Also between us."))


def test_comments_on_a_published_page_stay_inside_and_only_public_ones_are_added(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    """Notion does not tell whether the web sees comments: theirs are kept, and ours not risked."""
    scene.service.workspace.pages[row(scene).id].public_url = "https://northwind.notion.site/row"
    scene.person_comments(row(scene).id, "Theirs", internal=True)
    assert [comment.audience for comment in notion.comments(row(scene))] == [Audience.INTERNAL]
    for audience in (Audience.INTERNAL, Audience.CUSTOMER):
        with pytest.raises(Rejected, match="published"):
            notion.comment(row(scene), said("Ours").model_copy(update={"audience": audience}))
    notion.comment(row(scene), said("Ours").model_copy(update={"audience": Audience.PUBLIC}))
    assert [comment.body for comment in notion.comments(row(scene))] == ["Theirs", "Ours"]


def test_what_people_change_and_delete_of_their_comments_is_seen(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    acts, person = scene.service.acts, scene.service.workspace.person()
    scene.person_comments(row(scene).id, "First", internal=True)
    (before,) = notion.comments(row(scene))
    remark = scene.service.workspace.remarks[before.id]
    scene.advance(120)

    def heard(act: Callable[[], object]) -> list[tuple[Ref, ...]]:
        return [
            notion.receive(request).refs for request in scene.webhooks_after(lambda: scene.sandbox.call(act))
        ]

    assert heard(lambda: acts.rewrite_remark(remark, words("Second"), person)) == [(row(scene),)]
    assert [comment.body for comment in notion.comments(row(scene))] == ["Second"]
    assert heard(lambda: acts.delete_remark(remark, person)) == [(row(scene),)]
    assert notion.comments(row(scene)) == ()


def test_an_edit_by_another_app_that_moves_no_stamp_is_told_by_the_webhook(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    scene.service.quirks.body_edits_by_api_move_stamp = False
    before = notion.get(row(scene)).item
    asked: dict[str, JsonValue] = {"children": [{"paragraph": {"rich_text": words("By an app.")}}]}
    headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2026-03-11"}
    url = f"{scene.service.base_url}/v1/blocks/{row(scene).id}/children"
    heard = scene.webhooks_after(lambda: httpx.patch(url, json=asked, headers=headers))
    (ref,) = {ref for request in heard for ref in notion.receive(request).refs}
    now = notion.get(ref).item
    assert (now.updated, now.body != before.body) == (before.updated, True)


def test_comments_of_one_row_take_one_look_a_minute(scene: NotionWorld, notion: NotionConnector) -> None:
    notion.comment(row(scene), said("One."))
    before = scene.calls()
    notion.comment(row(scene), said("Two."))
    assert scene.calls() - before == 1


def test_comments_of_others_are_left_alone(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.person_comments(row(scene).id, "Mine", internal=True)
    (theirs,) = notion.comments(row(scene))
    with pytest.raises(Forbidden):
        notion.edit_comment(row(scene), theirs.id, said("Not yours"))
    assert [comment.body for comment in notion.comments(row(scene))] == ["Mine"]


def test_people_are_found_by_their_address(scene: NotionWorld, notion: NotionConnector) -> None:
    assert isinstance(notion, FindsPeople)
    found = notion.people(["Tom@Northwind-soft.example", "nobody@northwind-soft.example"])
    assert {address: person.name for address, person in found.items()} == {
        "tom@northwind-soft.example": "Tom Berg"
    }
    given = notion.update(row(scene), Patch(fields={"assignee": next(iter(found.values())).id}))
    assert given.assignee is not None
    assert given.assignee.name == "Tom Berg"


def test_people_are_named_by_name_or_address(scene: NotionWorld, notion: NotionConnector) -> None:
    watchers = {"Watchers": new_property("Watchers", "people")}
    scene.service.source("Feedback").properties |= watchers
    for name in ("Tom Berg", "tom@northwind-soft.example"):
        item = notion.update(row(scene), Patch(fields={"custom.watchers": [name]}))
        assert item.custom["watchers"] == ["Tom Berg"]
    with pytest.raises(Rejected, match="nobody"):
        notion.update(row(scene), Patch(fields={"custom.watchers": ["Tim Borg"]}))


def test_settings_name_the_properties_that_are_called_otherwise(scene: NotionWorld) -> None:
    source = scene.service.source("Feedback")
    for name, other in {"Votes": "Points", "Tags": "Areas", "Sync ID": "Key"}.items():
        prop = source.properties.pop(name)
        prop.name = other
        source.properties[other] = prop
    names: dict[str, JsonValue] = {"votes": "Points", "labels": "areas", "marker": "Key"}
    database: list[JsonValue] = [{"name": "Feedback", "data_source": source.id, "properties": names}]
    notion = scene.connect("notion", scene.gate, databases=database)
    assert (notion.get(row(scene)).item.votes, notion.get(row(scene)).item.labels) == (12, ("mobile", "ui"))
    made = notion.create(Draft(container="Feedback", title="New", labels=("b",), marker="lw-1"))
    assert (made.marker, made.labels, made.custom) == ("lw-1", ("b",), {})
    notion.close()


def test_a_webhook_is_a_persons_to_set_up(scene: NotionWorld, notion: NotionConnector) -> None:
    assert isinstance(notion, SetsUpWebhooks)
    scene.gated.clear()
    setup = notion.set_up_webhook("https://loop.example/hooks/notion")
    assert (setup.id, setup.secret, scene.gated) == (None, None, [])
    told = " ".join(setup.steps)
    assert told.startswith("Take webhook_secret out"), "one is set"
    for word in (
        "https://loop.example/hooks/notion",
        "2026-03-11",
        "page.moved",
        "comment.deleted",
        "Verify",
    ):
        assert word in told
