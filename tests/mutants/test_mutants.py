"""Every sabotage can still be done, and the test that must notice it is there; ``make mutants`` runs them."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import applied
from tests.mutants.sabotages import SABOTAGES, Sabotage
from tests.repository.dockerfile import ROOT


def test_there_are_enough_of_them_and_no_two_are_called_the_same() -> None:
    assert len({one.name for one in SABOTAGES}) == len(SABOTAGES) >= 30


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_it_can_still_be_done(sabotage: Sabotage) -> None:
    text = applied(sabotage, (ROOT / sabotage.file).read_text(encoding="utf-8"))
    assert text is not None, f"{sabotage.old!r} is not in {sabotage.file} exactly once"
    compile(text, sabotage.file, "exec")
    file, _, test = sabotage.killer.partition("::")
    assert test in (ROOT / "tests" / file).read_text(encoding="utf-8")
