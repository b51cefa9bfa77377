"""What the store promises, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from connectors.model import Ref
from sync.store import budgets, effects, hints, leases, links, notices
from sync.store.budgets import Rate
from sync.store.database import Store, StoreError
from sync.store.effects import Kind, State
from sync.store.notices import Matter
from sync.store.schema import metadata
from tests.sync.databases import KINDS, database_url

TICKET = Ref(connection="zendesk", id="7", key="ZD-7")


def add(store: Store, key: str, target: str, connection: str = "jira") -> int | None:
    with store.write() as tx:
        return effects.add(
            tx,
            key=key,
            connection=connection,
            target=target,
            kind=Kind.UPDATE,
            payload={},
            origin={"rule": "r", "action": "then[0]", "place": "", "reason": ""},
            cause=1,
        )


def take(store: Store, limit: int = 10, now: float = 100.0) -> list[str]:
    with store.write() as tx:
        return [effect.key for effect in effects.take(tx, "jira", worker="w", now=now, limit=limit)]


def finish(store: Store, id: int | None, state: State, due: float = 0.0) -> None:
    assert id is not None
    with store.write() as tx:
        effects.finish(tx, id, state, due=due)


def test_migrations_make_the_tables_that_the_code_speaks_of(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else []) for kind in KINDS],
)
def test_two_that_meet_an_empty_database_make_its_tables_one_after_the_other(
    kind: str, tmp_path: Path
) -> None:
    url = database_url(kind, tmp_path)
    first, second = Store(url), Store(url)
    with first.write():
        waiting = threading.Thread(target=second.migrate)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join()
    first.migrate()
    for store in (first, second):
        store.close()


def test_one_idempotency_key_is_one_effect(store: Store) -> None:
    assert add(store, "k", "jira:1") is not None
    assert add(store, "k", "jira:1") is None


def test_effects_of_one_item_go_out_one_after_the_other(store: Store) -> None:
    first = add(store, "a", "jira:1")
    add(store, "b", "jira:1")
    add(store, "c", "jira:2")
    assert take(store) == ["a", "c"]
    assert take(store) == []
    finish(store, first, State.DONE)
    assert take(store) == ["b"]


@pytest.mark.parametrize("state", [State.PARKED, State.PENDING, State.UNSURE])
def test_an_effect_that_is_not_done_holds_back_the_later_ones_of_its_item(store: Store, state: State) -> None:
    first = add(store, "a", "jira:1")
    add(store, "b", "jira:1")
    take(store)
    finish(store, first, state, due=1e12)
    assert take(store) == []
    finish(store, first, State.SKIPPED)
    assert take(store) == ["b"]


def test_what_dead_workers_had_in_hand_is_looked_up_first(store: Store) -> None:
    id = add(store, "a", "jira:1")
    take(store)
    with store.write() as tx:
        assert effects.recover(tx, 200.0) == 1
    with store.write() as tx:
        taken = effects.take(tx, "jira", worker="w2", now=100.0, limit=10)
    assert [(effect.id, effect.state) for effect in taken] == [(id, State.UNSURE)]


def test_a_mirror_is_claimed_once(store: Store) -> None:
    claims = []

    def claim(rule: str) -> None:
        with store.write() as tx:
            claims.append(
                links.claim(
                    tx, type="mirror", rule=rule, action="then[0]", source=TICKET, to="jira", container="ENG"
                )
            )

    threads = [threading.Thread(target=claim, args=(f"rule-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in claims if one is not None]) == 1


def test_a_hint_that_comes_in_while_one_is_followed_is_kept(store: Store) -> None:
    with store.write() as tx:
        hints.add(tx, TICKET, due=1.0)
    with store.read() as view:
        (followed,) = hints.due(view, "zendesk", 2.0, limit=10)
    with store.write() as tx:
        hints.add(tx, TICKET, due=1.0)
        hints.settle(tx, followed)
    with store.read() as view:
        assert len(hints.due(view, "zendesk", 2.0, limit=10)) == 1


def test_a_delivery_is_taken_once(store: Store) -> None:
    with store.write() as tx:
        assert hints.first_delivery(tx, "zendesk", "d1", 1.0)
        assert not hints.first_delivery(tx, "zendesk", "d1", 2.0)


def test_the_rate_budget_allows_a_burst_and_then_the_rate(store: Store) -> None:
    rate = Rate(per_second=2.0, burst=3)
    with store.write() as tx:
        waits = [budgets.take(tx, "jira", rate, 100.0) for _ in range(5)]
        assert waits == [0.0, 0.0, 0.0, 0.5, 1.0]
        assert budgets.take(tx, "jira", rate, 200.0) == 0.0
        assert budgets.calls(tx) == {"jira": 6}


def test_a_pause_that_the_tool_asks_for_holds_everybody(store: Store) -> None:
    rate = Rate(per_second=2.0, burst=3)
    with store.write() as tx:
        budgets.block(tx, "jira", rate, 130.0)
        assert budgets.take(tx, "jira", rate, 100.0) == 30.0


def test_a_living_holder_keeps_its_lease_and_a_dead_one_loses_it(store: Store) -> None:
    with store.write() as tx:
        assert leases.acquire(tx, "daemon", owner="a", place="here", now=100.0) is None
        holder = leases.acquire(tx, "daemon", owner="b", place="there", now=105.0)
        assert holder
        assert holder.place == "here"
        assert leases.acquire(tx, "daemon", owner="b", place="there", now=111.0) is None
        assert not leases.beat(tx, "daemon", "a", 112.0)


def test_the_same_matter_is_counted_and_not_repeated(store: Store) -> None:
    with store.write() as tx:
        notices.tell(tx, Matter.UNRESOLVED, TICKET, "priority", "first", 1.0)
        notices.tell(tx, Matter.UNRESOLVED, TICKET, "priority", "again", 2.0)
        (notice,) = notices.all_of(tx)
    assert (notice.text, notice.times) == ("again", 2)


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            notices.tell(tx, Matter.UNRESOLVED, TICKET, "priority", "first", 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as view:
        assert notices.all_of(view) == []


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are my notes, and there are many of them" * 100)
    with pytest.raises(StoreError, match=r"file is not a database\n  this file is something else"):
        Store(f"sqlite:///{tmp_path / 'notes.txt'}").migrate()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere.*unable to open database file\n  create its folder"):
        Store(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}").migrate()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    opened = Store(f"sqlite:///{file}")
    opened.migrate()
    opened.close()
    with sqlite3.connect(file) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer version of Loopwright"):
        Store(f"sqlite:///{file}").migrate()


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    store = Store("postgresql://me:hunter2@127.0.0.1:1/x")
    with pytest.raises(StoreError) as caught:
        store.migrate()
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1" in str(caught.value)
