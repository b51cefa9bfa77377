"""Conditions as they are written: the tree, and the tests of fields with what they mean."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Discriminator, Field, StrictBool, StrictStr, Tag
from pydantic.config import JsonDict
from typing_extensions import TypeAliasType

from connectors.model import JsonValue
from rules.fields import CUSTOM, FIELDS
from rules.parts import Number, Part, Scalar, shape

Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}[smhdw]$", examples=["30m", "12h", "7d"])]
Texts = Annotated[
    Annotated[StrictStr, Tag("<text>")] | Annotated[list[StrictStr], Tag("<list>")],
    Discriminator(shape(scalar="<text>", row="<list>", block="<text>")),
]
Scalars = Annotated[
    Annotated[Scalar, Tag("<value>")] | Annotated[list[Scalar], Tag("<list>")],
    Discriminator(shape(scalar="<value>", row="<list>", block="<value>")),
]


class FieldTest(Part):
    """What must hold of a field. Several tests must all hold."""

    noun: ClassVar[str] = "test"

    is_: Scalar | None = Field(None, alias="is", description="The field has exactly this value.")
    is_not: Scalar | None = Field(None, description="The field has another value, or none.")
    in_: list[Scalar] | None = Field(None, alias="in", description="The field has one of these values.")
    not_in: list[Scalar] | None = Field(None, description="The field has none of these values.")
    has: Scalar | None = Field(None, description="The list contains this.")
    has_any: list[Scalar] | None = Field(None, description="The list contains at least one of these.")
    has_all: list[Scalar] | None = Field(None, description="The list contains all of these.")
    contains: Texts | None = Field(
        None, description="The text contains this, or one of these; case does not matter."
    )
    starts_with: Texts | None = Field(
        None, description="The text starts with this, or one of these; case does not matter."
    )
    matches: StrictStr | None = Field(
        None, description="Somewhere in the text this regular expression (RE2) matches; (?i) ignores case."
    )
    exists: StrictBool | None = Field(
        None, description="Whether the field has a value at all; an empty one is none."
    )
    less_than: Number | None = Field(None, description="The number is smaller than this.")
    more_than: Number | None = Field(None, description="The number is greater than this.")
    older_than: Duration | None = Field(
        None, description="The time is longer ago than this: 30m, 12h, 7d, 4w."
    )
    newer_than: Duration | None = Field(
        None, description="The time is not as long ago as this: 30m, 12h, 7d, 4w."
    )
    changed: StrictBool | None = Field(None, description="Whether the value has just changed.")
    changed_from: Scalars | None = Field(
        None, description="The value was this, or one of these, and has just changed."
    )
    changed_to: Scalars | None = Field(None, description="The value has just become this, or one of these.")

    def expected(self, operator: str) -> JsonValue:
        """What the test of this name compares with."""
        value: JsonValue = getattr(self, {"is": "is_", "in": "in_"}.get(operator, operator))
        return value


Expectation = TypeAliasType(
    "Expectation",
    Annotated[
        Annotated[Scalar, Tag("<value>")]
        | Annotated[list[Scalar], Tag("<list>")]
        | Annotated[FieldTest, Tag("<test>")],
        Discriminator(shape(scalar="<value>", row="<list>", block="<test>")),
    ],
)
"""What is said of a field: a value that it is, a list of values that it is one of, or tests."""


class LinkTest(Part):
    """What must hold of the linked items. ``type`` in it is the type of the link."""

    noun: ClassVar[str] = "test of links"

    any: Condition | None = Field(None, description="At least one linked item is like this.")
    none: Condition | None = Field(None, description="No linked item is like this.")


def _with_fields(schema: JsonDict) -> None:
    """Shows editors the fields by name, where pydantic knows only that there may be more."""
    expectation = schema.pop("additionalProperties")
    assert isinstance(expectation, dict)  # noqa: S101 - what pydantic makes of __pydantic_extra__
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - as above
    for field in FIELDS.values():
        properties[field.name] = {**expectation, "description": f"{field.description}."}
    schema["patternProperties"] = {r"^custom\.": {**expectation, "description": "A custom field."}}
    schema["additionalProperties"] = False


class Condition(Part):
    """What must hold of an item. Several keys must all hold."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_with_fields)
    null_hint: ClassVar[str] = "write {exists: false} for a field that is not set"
    __pydantic_extra__: dict[str, Expectation]

    all: list[Condition] | None = Field(None, min_length=1, description="Every one of these holds.")
    any: list[Condition] | None = Field(None, min_length=1, description="At least one of these holds.")
    none: list[Condition] | None = Field(None, min_length=1, description="None of these holds.")
    meets: Texts | None = Field(None, description="The named condition, or every one of several, holds.")
    links: LinkTest | None = Field(None, description="What must hold of the linked items.")

    @classmethod
    def keys(cls) -> list[str]:
        """The words of a tree and the names of the fields."""
        return [*super().keys(), *FIELDS]

    @classmethod
    def allows(cls, key: str) -> bool:
        """Custom fields can be named freely."""
        return key.startswith(CUSTOM) and len(key) > len(CUSTOM)

    def tests(self) -> dict[str, Scalar | list[Scalar] | FieldTest]:
        """The tests of fields, by the name of the field."""
        return self.__pydantic_extra__


LinkTest.model_rebuild()
Condition.model_rebuild()
