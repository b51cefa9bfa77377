"""A rule file as it is written: every section and rule with its fields and what they mean."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from rules.actions.every import Action
from rules.caps import RuleCaps
from rules.cases import Case
from rules.parts import Part, Scalar
from rules.when import Condition


class RuleEntry(Part):
    """A rule: when what holds, then do what."""

    noun: ClassVar[str] = "field"

    id: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = Field(
        description="Its name, unique over all files. The memory of a rule hangs on it."
    )
    priority: StrictInt = Field(
        100, description="Which rule wins when two set one field differently: the higher one."
    )
    trigger: Literal["becomes_true", "created"] = Field(
        "becomes_true",
        description="becomes_true: fires when the condition goes from false to true. "
        "created: fires once, when the item is new.",
    )
    backfill: StrictBool = Field(
        False, description="Also fire, silently, on items that were there before the rule was."
    )
    on_own_changes: StrictBool = Field(False, description="Also fire on changes that Loopwright itself made.")
    caps: RuleCaps | None = Field(None, description="How much it may cause within an hour.")
    when: Condition = Field(description="The condition.")
    then: list[Action] = Field(min_length=1, description="What to do, in this order.")


class RuleFile(Part):
    """A file of rules."""

    noun: ClassVar[str] = "section"

    version: Literal[1] = Field(description="The version of the language: 1.")
    conditions: dict[str, Condition] = Field({}, description="Named conditions, used by `meets`.")
    maps: dict[str, dict[str, Scalar]] = Field(
        {},
        description="Named maps from the values of one tool to those of another; `otherwise` is the default.",
    )
    templates: dict[str, StrictStr] = Field({}, description="Named texts, used by `template`.")
    rules: list[RuleEntry] = Field([], description="The rules.")
    tests: list[Case] = Field([], description="Tests of the rules.")
