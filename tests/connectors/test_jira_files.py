"""Files on their way into Jira and out of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from connectors.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.model import Audience, FileDraft, Ref
from tests.conformance.jira_world import JiraSite, jira_site

PIECE = b"0123456789abcdef" * 4_096


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


def _ref(site: JiraSite, key: str = "ENG-1") -> Ref:
    return Ref(connection="jira", id=site.id(key), key=key)


def test_a_file_arrives_as_it_was_sent(site: JiraSite) -> None:
    draft = FileDraft(name='a "größer" file.txt', media_type="text/plain", size=11)
    made = site.connector.upload(_ref(site), draft, iter([b"hello ", b"world"]))
    assert site.connector.files(_ref(site)) == (made,)
    assert (made.name, made.size, made.audience) == ("a %22größer%22 file.txt", 11, Audience.INTERNAL)
    assert b"".join(site.connector.download(_ref(site), made)) == b"hello world"


def test_the_media_host_never_sees_our_credential(site: JiraSite) -> None:
    made = site.connector.upload(_ref(site), FileDraft(name="a", size=1), [b"x"])
    assert list(site.connector.download(_ref(site), made)) == [b"x"]
    assert site.service.files.leaks == 0
    assert site.requests.made[-2] == f"GET /attachment/content/{made.id}"
    assert site.requests.made[-1].startswith("GET /media/")  # past the gate as well


def test_memory_stays_flat_whatever_the_size(site: JiraSite) -> None:
    pieces = 1_600  # a hundred megabytes
    draft = FileDraft(name="big.bin", size=pieces * len(PIECE))
    tracemalloc.start()
    made = site.connector.upload(_ref(site), draft, (PIECE for _ in range(pieces)))
    size = sum(map(len, site.connector.download(_ref(site), made)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == made.size == draft.size
    assert peak < 10_000_000


@pytest.mark.parametrize("content", [[b"short"], [b"much too long for that"]])
def test_a_file_of_another_size_than_said_is_not_attached(site: JiraSite, content: list[bytes]) -> None:
    with pytest.raises(Rejected, match="size"):
        site.connector.upload(_ref(site), FileDraft(name="a", size=10), content)
    assert site.connector.files(_ref(site)) == ()


def test_a_lost_answer_is_looked_for(site: JiraSite) -> None:
    draft, sent = FileDraft(name='"a"', size=1), site.sandbox.clock.now()
    site.breaks("lose_answer", "attachments")
    with pytest.raises(OutcomeUnknown):
        site.connector.upload(_ref(site), draft, [b"x"])
    found = site.connector.find_file(_ref(site), draft, sent)
    assert found is not None
    assert found.name == "%22a%22"  # no form can hold a quotation mark
    assert site.connector.find_file(_ref(site), FileDraft(name='"a"', size=2), sent) is None


def test_the_sites_own_limit_is_asked_for_once(site: JiraSite) -> None:
    site.service.files.largest = 5
    assert [site.connector.largest_file() for _ in range(2)] == [5, 5]
    assert site.requests.made == ["GET /attachment/meta"]
    with pytest.raises(Rejected, match="413"):
        site.connector.upload(_ref(site), FileDraft(name="a", size=6), [b"x" * 6])


def test_a_download_that_breaks_off_can_be_repeated(site: JiraSite) -> None:
    made = site.connector.upload(_ref(site), FileDraft(name="a", size=1), [b"x"])
    site.breaks("unavailable", "attachment/content")
    with pytest.raises(Unavailable):
        list(site.connector.download(_ref(site), made))
    with pytest.raises(NotFound):
        list(site.connector.download(_ref(site), made.model_copy(update={"id": "1"})))


def test_in_a_service_project_no_file_can_be_kept_from_the_customer(site: JiraSite) -> None:
    site.site.project("ENG").type = "service_desk"
    with pytest.raises(Rejected, match="customer"):
        site.connector.upload(_ref(site), FileDraft(name="a", size=1), [b"x"])
    shown = FileDraft(name="a", size=1, audience=Audience.CUSTOMER)
    assert site.connector.upload(_ref(site), shown, [b"x"]).audience is Audience.CUSTOMER
    assert [file.audience for file in site.connector.files(_ref(site))] == [Audience.INTERNAL]
