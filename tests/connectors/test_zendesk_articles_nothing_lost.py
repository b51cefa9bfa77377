"""No edit of an article is missed, though Help Center's export hides no last minute and ends in many ways."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Item, Ref
from connectors.zendesk import ZendeskConnector
from sandbox.zendesk.help_center import HelpCenterRoutes
from sandbox.zendesk.library import Article
from sandbox.zendesk.wire import Answer, Call
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

ACTS = st.one_of(
    st.tuples(st.just("write"), st.just(0), st.just(0)),
    st.tuples(st.just("edit"), st.integers(0, 3), st.integers(-20, 20)),
    st.tuples(st.just("wait"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 9), st.just(0)),
)


class Reader:
    """What somebody knows of the articles who has read all pages so far."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.items: dict[str, Item] = {}

    def take(self, connector: ZendeskConnector) -> bool:
        page = connector.changes(self.cursor)
        self.cursor = page.cursor
        self.items |= {seen.item.ref.id: seen.item for seen in page.observations}
        return page.more


def edit(account: ZendeskAccount, article: Article, skew: int) -> None:
    """Somebody changes the title, at a machine whose clock is ``skew`` seconds behind, or ahead."""
    library, now = account.service.library, account.service.state.now()
    words = article.source.title
    library.translate(article, article.source_locale, article.author_id, title=f"{words}!")
    article.updated = now - timedelta(seconds=skew)


def act(account: ZendeskAccount, kind: str, which: int, skew: int) -> None:
    library = account.service.library
    articles = list(library.articles.values())
    if kind == "write" or not articles:
        author = account.service.state.users_by_email["sue@northwind.example"].id
        library.write(library.section("Exports"), "How to export", "<p>Press it.</p>", author)
    else:
        edit(account, articles[which % len(articles)], skew)


@settings(max_examples=20, deadline=None)
@given(acts=st.lists(ACTS, min_size=8, max_size=20))
def test_no_edit_of_an_article_is_missed_whatever_the_order_of_edits_and_reads(
    acts: list[tuple[str, int, int]],
) -> None:
    with zendesk_account() as account:
        connector, reader = account.connect(articles=True), Reader()
        for kind, number, skew in acts:
            if kind == "wait":
                account.sandbox.clock.advance(number)
            elif kind == "read":
                for _ in range(number):
                    reader.take(connector)
            else:
                account.sandbox.call(lambda kind=kind, n=number, skew=skew: act(account, kind, n, skew))  # type: ignore[misc]
        for _ in range(2):
            while reader.take(connector):
                pass
        for number in account.service.library.articles:
            ref = Ref(connection="zendesk", id=f"article:{number}")
            assert reader.items[ref.id] == connector.get(ref).item


@pytest.mark.parametrize("told", ["end_time", ""])
def test_an_export_that_leads_on_for_ever_and_tells_no_end_is_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    plain = HelpCenterRoutes.export

    def endless(self: HelpCenterRoutes, call: Call) -> Answer:
        answer = plain(self, call)
        assert isinstance(answer.body, dict)
        kept = {name: value for name, value in answer.body.items() if name not in {"end_time"} - {told}}
        return Answer({**kept, "next_page": call.url})

    monkeypatch.setattr(HelpCenterRoutes, "export", endless)
    with zendesk_account() as account:
        connector, reader = account.connect(articles=True), Reader()
        for title in ("first", "second"):
            account.sandbox.call(lambda: act(account, "write", 0, 0))
            account.sandbox.clock.advance(1)
            before = account.calls()
            while reader.take(connector):
                assert account.calls() - before < 12, f"the {title} round does not end"
        assert sum(ref.startswith("article:") for ref in reader.items) == 2
