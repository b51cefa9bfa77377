"""The three-way merge, by example and by property."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.intents import ConflictPolicy, Direction, KeptField, ValueMap
from sync.merge import Agree, Conflict, LabelMerge, ToMirror, ToSource, Unmapped, merge, merge_labels
from sync.store.links import Base

PRIORITY = KeptField(
    "priority",
    Direction.BOTH,
    to_mirror=ValueMap("forth", {"urgent": "Highest", "high": "High"}),
    to_source=ValueMap("back", {"Highest": "urgent", "High": "high"}),
)
PLAIN = KeptField("title", Direction.BOTH)
values = st.sampled_from(["a", "b", "c"])


def test_nothing_changed_is_nothing_to_do() -> None:
    assert merge(PRIORITY, Base("high", "High"), "high", "High", source_is_newer=True) is None


def test_a_change_at_the_source_goes_to_the_mirror_through_the_map() -> None:
    assert merge(PRIORITY, Base("high", "High"), "urgent", "High", source_is_newer=True) == ToMirror(
        "Highest", "urgent"
    )


def test_a_change_at_the_mirror_comes_back_through_the_reverse_map() -> None:
    assert merge(PRIORITY, Base("high", "High"), "high", "Highest", source_is_newer=True) == ToSource(
        "urgent", "Highest"
    )


def test_the_same_change_at_both_ends_is_agreement() -> None:
    assert merge(PRIORITY, Base("high", "High"), "urgent", "Highest", source_is_newer=True) == Agree(
        Base("urgent", "Highest")
    )


def test_a_value_without_counterpart_leaves_the_field_alone() -> None:
    assert merge(PRIORITY, Base("high", "High"), "low", "High", source_is_newer=True) == Unmapped(
        "low", "forth"
    )


def test_one_way_fields_do_not_come_back() -> None:
    one_way = KeptField("title", Direction.TO_MIRROR)
    assert merge(one_way, Base("a", "a"), "a", "b", source_is_newer=False) is None


def test_different_changes_at_both_ends_follow_the_policy() -> None:
    def outcome(policy: ConflictPolicy, newer: bool = True) -> object:
        kept = KeptField("title", Direction.BOTH, policy)
        return merge(kept, Base("a", "a"), "b", "c", source_is_newer=newer)

    assert outcome(ConflictPolicy.HOLD) == Conflict("b", "c")
    assert outcome(ConflictPolicy.SOURCE) == ToMirror("b", "b")
    assert outcome(ConflictPolicy.MIRROR) == ToSource("c", "c")
    assert outcome(ConflictPolicy.NEWEST, newer=True) == ToMirror("b", "b")
    assert outcome(ConflictPolicy.NEWEST, newer=False) == ToSource("c", "c")


@given(base=values, source=values, mirror=values, policy=st.sampled_from(ConflictPolicy), newer=st.booleans())
def test_carrying_out_the_outcome_ends_in_agreement_or_in_a_held_conflict(
    base: str, source: str, mirror: str, policy: ConflictPolicy, newer: bool
) -> None:
    kept = KeptField("title", Direction.BOTH, policy)
    outcome = merge(kept, Base(base, base), source, mirror, source_is_newer=newer)
    match outcome:
        case ToMirror(value, _):
            mirror = str(value)
        case ToSource(value, _):
            source = str(value)
        case Conflict():
            assert policy is ConflictPolicy.HOLD
            assert base not in (source, mirror)
            return
    assert source == mirror


@given(base=st.sets(values), source=st.sets(values), mirror=st.sets(values))
def test_labels_merge_one_by_one(base: set[str], source: set[str], mirror: set[str]) -> None:
    kept = KeptField("labels", Direction.BOTH)
    agreed = Base([*sorted(base)], [*sorted(base)])
    merged = merge_labels(kept, agreed, sorted(source), sorted(mirror))
    at_mirror = (mirror | set(merged.add_to_mirror)) - set(merged.remove_from_mirror)
    at_source = (source | set(merged.add_to_source)) - set(merged.remove_from_source)
    assert at_mirror == at_source
    assert at_mirror == {
        label
        for label in base | source | mirror
        if (label in source and label in mirror) or (label not in base)
    }
    again = merge_labels(kept, merged.base, sorted(at_source), sorted(at_mirror))
    assert again == LabelMerge((), (), (), (), Base([*sorted(at_source)], [*sorted(at_mirror)]))


def test_a_label_that_both_ends_dropped_may_come_back() -> None:
    kept = KeptField("labels", Direction.BOTH)
    dropped = merge_labels(kept, Base(["q"], ["q"]), [], [])
    assert merge_labels(kept, dropped.base, ["q"], []).add_to_mirror == ("q",)


def test_a_field_that_is_kept_from_now_on_overwrites_nothing() -> None:
    assert merge(PLAIN, None, "a", "b", source_is_newer=True) == Agree(Base("a", "b"))
