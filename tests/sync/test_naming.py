"""Which item a name stands for: keys, ids with their connection, and addresses of each tool."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.model import Item, Kind, Ref
from sync.naming import NotOne, meant
from sync.store import items
from sync.store.database import Store
from tests.sync.databases import database_url

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PAGE = "1f2e3d4c-5b6a-4789-8abc-def012345678"
KNOWN = [
    ("desk", "9", "ZD-9", "https://acme.zendesk.example/agent/tickets/9"),
    ("jira", "10012", "ENG-12", "https://acme.jira.example/browse/ENG-12"),
    ("eu", "10012", "ENG-12", "https://eu.jira.example/browse/ENG-12"),
    ("jira", "10009", "ENG-9", "https://acme.jira.example/browse/ENG-9"),
    ("hub", "777", "acme/app#12", "https://github.example/acme/app/issues/12"),
    ("notes", PAGE, "N-1f2e3d4c", f"https://notion.example/Export-{PAGE.replace('-', '')}"),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(database_url("sqlite", tmp_path))
    opened.migrate()
    with opened.write() as tx:
        for connection, id, key, url in KNOWN:
            item = Item(
                ref=Ref(connection=connection, id=id, key=key),
                system="memory",
                kind=Kind.ISSUE,
                container="",
                url=url,
                title="",
                created=NOW,
                updated=NOW,
            )
            items.put(tx, item, observation=1, written=0.0, comments_known=False)
    return opened


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("zd-9", "9"),
        ("ENG-9", "10009"),
        ("Acme/App#12", "777"),
        ("eu:10012", "10012"),
        ("https://acme.zendesk.example/agent/tickets/9", "9"),
        ("https://acme.zendesk.example/hc/requests/9", None),
        ("https://acme.jira.example/browse/eng-12?focusedId=3#comment", "10012"),
        ("https://github.example/acme/app/issues/12#issuecomment-4", "777"),
        (f"https://notion.example/team/Export-stops-{PAGE.replace('-', '')}?pvs=4", PAGE),
        ("https://elsewhere.example/browse/ENG-9", None),
        ("9", None),
        ("10009", None),
        ("ENG-99", None),
        ("https://acme.jira.example/", None),
    ],
)
def test_a_name_stands_for_one_item_or_none(store: Store, name: str, id: str | None) -> None:
    with store.read() as view:
        if id is None:
            with pytest.raises(NotOne, match="no item"):
                meant(view, name)
        else:
            assert meant(view, name).ref.id == id
    store.close()


def test_of_several_one_is_to_be_said(store: Store) -> None:
    with store.read() as view, pytest.raises(NotOne, match=re.escape("jira:10012")) as told:
        meant(view, "ENG-12")
    assert "eu:10012" in str(told.value)
    store.close()
