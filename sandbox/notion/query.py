"""The filters and sorts of a data source query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from operator import eq, ge, gt, le, lt

from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid
from sandbox.notion.schema import Property
from sandbox.notion.shape import full_value
from sandbox.notion.state import DataSource, Page, Workspace, minutes

Test = Callable[[Page], bool]
Compare = Callable[[JsonValue, JsonValue], bool]


def select(source: DataSource, body: Object, workspace: Workspace) -> list[Page]:
    """The rows that a query asks for, in the order it asks for; in no order at all when it names none.

    None that is in the bin, whatever is asked, and archived ones only where it asks for those
    (developers.notion.com/reference/query-a-data-source).
    """
    test, archived = compile_filter(body.get("filter"), source, workspace), body.get("is_archived") is True
    here = (row for row in source.rows.values() if row.shared and not row.in_trash)
    rows = [row for row in here if row.archived is archived and test(row)]
    rows.sort(key=lambda row: row.shuffled)
    for sort in reversed(as_list(body.get("sorts") or [], "body.sorts")):
        order = as_object(sort, "body.sorts[0]")
        rows.sort(key=_sort_key(order, source, workspace), reverse=order.get("direction") == "descending")
    return rows


def _sort_key(
    order: Object, source: DataSource, workspace: Workspace
) -> Callable[[Page], tuple[bool, str | float]]:
    stamp = order.get("timestamp")
    if stamp in ("created_time", "last_edited_time"):
        return lambda row: (False, minutes(row.created if stamp == "created_time" else row.edited))
    prop = find_property(source, as_text(order.get("property"), "body.sorts[0].property"))

    def key(row: Page) -> tuple[bool, str | float]:
        value = comparable(full_value(row, prop, workspace))
        return value is None, value if isinstance(value, int | float) else str(value)

    return key


def find_property(source: DataSource, key: str) -> Property:
    """The property by name or id, or Notion's refusal."""
    found = source.property(key)
    if found is None:
        raise invalid(f"Could not find property with name or id: {key}")
    return found


def compile_filter(value: JsonValue, source: DataSource, workspace: Workspace) -> Test:
    """A filter as a test of one row."""
    if value is None:
        return lambda row: True
    condition = as_object(value, "body.filter")
    for word, combine in (("and", all), ("or", any)):
        if word in condition:
            parts = as_list(condition[word], f"body.filter.{word}")
            tests = [compile_filter(part, source, workspace) for part in parts]
            return partial(_combined, combine, tests)
    if "timestamp" in condition:
        return _stamp_test(condition)
    prop = find_property(source, as_text(condition.get("property"), "body.filter.property"))
    if prop.type not in condition:
        kind = next((name for name in condition if name not in {"property", "type"}), "undefined")
        raise invalid(f"database property {prop.type} does not match filter {kind}")
    checks = _tests(as_object(condition[prop.type], f"body.filter.{prop.type}"))
    return lambda row: all(check(full_value(row, prop, workspace)) for check in checks)


def _combined(combine: Callable[[Iterable[bool]], bool], tests: list[Test], row: Page) -> bool:
    return combine(test(row) for test in tests)


def _stamp_test(condition: Object) -> Test:
    stamp = as_text(condition["timestamp"], "body.filter.timestamp")
    if stamp not in {"created_time", "last_edited_time"}:
        raise invalid(
            'body failed validation: body.filter.timestamp should be `"created_time"` or '
            f'`"last_edited_time"`, instead was `"{stamp}"`.'
        )
    operators = as_object(condition.get(stamp), f"body.filter.{stamp}")
    tests = [_stamp_holds(stamp, name, argument) for name, argument in operators.items()]
    return tests[0] if len(tests) == 1 else partial(_combined, all, tests)


def _stamp_holds(stamp: str, name: str, argument: JsonValue) -> Test:
    moment = _moment(argument)
    if name not in STAMP_OPERATORS or moment is None:
        raise invalid(f"body failed validation: body.filter.{name} should be not present.")
    compare, there = STAMP_OPERATORS[name], moment.timestamp()
    if stamp == "created_time":
        return lambda row: compare(minutes(row.created), there)
    return lambda row: compare(minutes(row.edited), there)


def _tests(operators: Object) -> list[Callable[[JsonValue], bool]]:
    tests: list[Callable[[JsonValue], bool]] = []
    for name, argument in operators.items():
        if name not in OPERATORS:
            raise invalid(f"body failed validation: body.filter.{name} should be not present.")
        tests.append(partial(_holds, OPERATORS[name], argument))
    return tests


def _holds(compare: Compare, argument: JsonValue, value: JsonValue) -> bool:
    return compare(value, argument)


def comparable(value: JsonValue) -> JsonValue:
    """What a filter or sort looks at in a value: an option's name, a text without its marks."""
    if isinstance(value, dict):
        return value.get("name") or value.get("start") or value.get("number")
    if isinstance(value, list):
        texts = all(isinstance(item, dict) and "plain_text" in item for item in value)
        return text.plain(value) if texts else [_element(item) for item in value]
    return value


def _element(item: JsonValue) -> JsonValue:
    return (item.get("name") or item.get("id")) if isinstance(item, dict) else item


def _equals(value: JsonValue, argument: JsonValue) -> bool:
    seen = comparable(value)
    moment = _moment(seen)
    return moment == _moment(argument) if moment else seen == argument


def _contains(value: JsonValue, argument: JsonValue) -> bool:
    if isinstance(value, list):
        names = [item.get(key) for item in value if isinstance(item, dict) for key in ("name", "id")]
        if argument in names:
            return True
    seen = comparable(value)
    return isinstance(seen, str) and str(argument).lower() in seen.lower()


def _moment(value: JsonValue) -> datetime | None:
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ordered(test: Callable[[float], bool], value: JsonValue, argument: JsonValue) -> bool:
    seen, moment = comparable(value), _moment(argument)
    if isinstance(seen, int | float) and isinstance(argument, int | float):
        return test(float(seen - argument))
    there = _moment(seen)
    return there is not None and moment is not None and test((there - moment).total_seconds())


def _empty(value: JsonValue, argument: JsonValue) -> bool:
    return comparable(value) in (None, "", [])


_after = partial(_ordered, lambda distance: distance > 0)
_before = partial(_ordered, lambda distance: distance < 0)
_on_or_after = partial(_ordered, lambda distance: distance >= 0)
_on_or_before = partial(_ordered, lambda distance: distance <= 0)

OPERATORS: dict[str, Compare] = {
    "equals": _equals,
    "does_not_equal": lambda value, argument: not _equals(value, argument),
    "contains": _contains,
    "does_not_contain": lambda value, argument: not _contains(value, argument),
    "starts_with": lambda value, argument: str(comparable(value)).startswith(str(argument)),
    "ends_with": lambda value, argument: str(comparable(value)).endswith(str(argument)),
    "is_empty": _empty,
    "is_not_empty": lambda value, argument: not _empty(value, argument),
    "greater_than": _after,
    "less_than": _before,
    "greater_than_or_equal_to": _on_or_after,
    "less_than_or_equal_to": _on_or_before,
    "after": _after,
    "before": _before,
    "on_or_after": _on_or_after,
    "on_or_before": _on_or_before,
}

STAMP_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "equals": eq,
    "after": gt,
    "before": lt,
    "on_or_after": ge,
    "on_or_before": le,
}
