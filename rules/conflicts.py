"""Rules that disagree: of two that set one field of one item differently the higher priority wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.model import JsonValue, Patch, Ref
from rules.fields import same
from rules.intents import Change, Clash, Intent, Origin


@dataclass(frozen=True, slots=True)
class _Claim:
    """One change wants one field (or the presence of one label) to have one value."""

    value: JsonValue
    priority: int
    origin: Origin


def settle(intents: Sequence[tuple[Intent, int]]) -> tuple[tuple[Intent, ...], tuple[Clash, ...]]:
    """The intents, each with its rule's priority, without what is outvoted; and where nobody wins.

    What several rules agree on is done once, for the one with the highest priority.
    """
    claims: dict[tuple[Ref, str], list[_Claim]] = {}
    for intent, priority in intents:
        if isinstance(intent, Change):
            for field, value in _wants(intent.patch):
                claims.setdefault((intent.target, field), []).append(_Claim(value, priority, intent.origin))
    winners: dict[tuple[Ref, str], Origin] = {}
    clashes: list[Clash] = []
    for (target, field), rivals in claims.items():
        highest = max(rival.priority for rival in rivals)
        leading = [rival for rival in rivals if rival.priority == highest]
        if all(same(rival.value, leading[0].value) for rival in leading):
            winners[target, field] = leading[0].origin
        else:
            clashes.append(Clash(target, field, tuple(rival.origin for rival in leading)))
    return tuple(_granted(intents, winners)), tuple(clashes)


def _granted(
    intents: Sequence[tuple[Intent, int]], winners: dict[tuple[Ref, str], Origin]
) -> Iterable[Intent]:
    for intent, _ in intents:
        if not isinstance(intent, Change):
            yield intent
            continue
        fields = [field for field, _ in _wants(intent.patch)]
        won = {field for field in fields if winners.get((intent.target, field)) == intent.origin}
        for field in won:
            del winners[intent.target, field]
        patch = Patch(
            fields={name: value for name, value in intent.patch.fields.items() if name in won},
            add_labels=tuple(label for label in intent.patch.add_labels if _label(label) in won),
            remove_labels=tuple(label for label in intent.patch.remove_labels if _label(label) in won),
        )
        if won:
            yield replace(intent, patch=patch)


def _wants(patch: Patch) -> list[tuple[str, JsonValue]]:
    added: list[tuple[str, JsonValue]] = [(_label(label), True) for label in patch.add_labels]
    removed: list[tuple[str, JsonValue]] = [(_label(label), False) for label in patch.remove_labels]
    return [*patch.fields.items(), *added, *removed]


def _label(label: str) -> str:
    return f"label {label}"
