"""What all parts of a rule file have in common: they know their place, and report every unknown name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from connectors.model import JsonValue
from rules.problems import Mark, Problem, Source, did_you_mean
from rules.yaml import Block


def _single(value: JsonValue) -> JsonValue:
    if isinstance(value, str | bool | int | float):
        return value
    raise PydanticCustomError("scalar", "expected a text, a number, true or false")


Scalar = Annotated[
    StrictStr | StrictBool | StrictInt | StrictFloat,
    BeforeValidator(_single),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""A single value. One error for all of its types, not one for each."""


def _number(value: JsonValue) -> JsonValue:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("number", "expected a number")


Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_number), WithJsonSchema({"type": "number"})]

NOWHERE = Mark(Source("", ()), 0, 0)
"""The place of a part that was not read from a file."""


@dataclass
class Reading:
    """Handed through validation as its context: collects the problems that are found on the way."""

    problems: list[Problem] = field(default_factory=list)

    def report(self, mark: Mark, message: str, hint: str = "") -> None:
        """Note a mistake and go on."""
        self.problems.append(Problem.at(mark, message, hint))


class Part(BaseModel):
    """A mapping in a rule file. Keys that it does not have are reported with the closest one that it has."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    noun: ClassVar[str] = "field"
    """What its keys are called in messages."""
    takes_null: ClassVar[bool] = False
    """Whether a key without a value says that there is none; otherwise it is a mistake."""
    null_hint: ClassVar[str] = ""
    """What to write instead of a key without a value."""
    _block: Block | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: JsonValue, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not (isinstance(data, Block) and isinstance(info.context, Reading)):
            return handler(data)
        known = cls.keys()
        kept: dict[str, JsonValue] = {}
        for key, value in data.items():
            if key not in known and not cls.allows(key):
                info.context.report(data.key(key), *cls.unknown(key, known))
            elif value is None and not cls.takes_null:
                info.context.report(data.key(key), f"'{key}' has no value", cls.null_hint)
            else:
                kept[key] = value
        part = handler(kept)
        part._block = data
        return part

    @classmethod
    def keys(cls) -> list[str]:
        """The names that this part has in a file."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @classmethod
    def allows(cls, key: str) -> bool:
        """Whether a key beyond :meth:`keys` is taken."""
        return False

    @classmethod
    def unknown(cls, key: str, known: Sequence[str]) -> tuple[str, str]:
        """What to say of a key that it does not have."""
        return f"unknown {cls.noun} '{key}'", did_you_mean(key, known)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is written in it."""
        return not (self.written() if self._block is None else self._block)

    def written(self) -> list[str]:
        """Its keys, in the order in which they are written."""
        known = [info.alias or name for name, info in type(self).model_fields.items()]
        given = [
            key
            for key, name in zip(known, type(self).model_fields, strict=True)
            if name in self.model_fields_set
        ]
        given += self.model_extra or ()
        order = list(self._block or ())
        return sorted(given, key=lambda key: order.index(key) if key in order else len(order))

    def mark(self, key: str | None = None) -> Mark:
        """Where the part, or one of its keys, is written."""
        if self._block is None:
            return NOWHERE
        return self._block.mark if key is None else self._block.key(key)

    def value_mark(self, key: str, entry: int | None = None) -> Mark:
        """Where the value of one of its keys is written, or one entry of that value."""
        return NOWHERE if self._block is None else self._block.at(key, entry)

    def block(self, key: str) -> Block:
        """The places inside a mapping that is the value of one of its keys."""
        value = None if self._block is None else self._block.get(key)
        return value if isinstance(value, Block) else Block(NOWHERE)


def shape(*, scalar: str, row: str, block: str) -> Callable[[JsonValue | Part], str]:
    """A discriminator by the form of the value, so that a mistake is reported for the form that was meant."""

    def pick(value: JsonValue | Part) -> str:
        if isinstance(value, dict | Part):
            return block
        return row if isinstance(value, list) else scalar

    return pick
