"""The JSON Schema of rule files, for completion and hover in editors."""

from __future__ import annotations

import json
from typing import cast

from connectors.model import JsonValue
from rules.model import RuleFile


def rules_schema() -> dict[str, JsonValue]:
    """The schema, generated from the models that the loader itself uses."""
    generated = RuleFile.model_json_schema(by_alias=True)
    schema = cast("dict[str, JsonValue]", _simplified(generated))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Loopwright rules"}


def schema_text() -> str:
    """The schema as it stands in ``config/rules.schema.json``."""
    return json.dumps(rules_schema(), indent=2, ensure_ascii=False) + "\n"


def _simplified(value: JsonValue) -> JsonValue:
    """Drops titles made of names, and the null of ``X | None = None``: written out, it is a mistake."""
    if isinstance(value, list):
        return [_simplified(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    simple = {key: _simplified(entry) for key, entry in value.items() if not _is_title(key, entry)}
    choices = simple.get("anyOf")
    if "default" in simple and simple["default"] is None:
        del simple["default"]
        if isinstance(choices, list):
            kept = [choice for choice in choices if choice != {"type": "null"}]
            simple["anyOf"] = kept
            if len(kept) == 1 and isinstance(kept[0], dict):
                del simple["anyOf"]
                return {**kept[0], **simple}
    return simple


def _is_title(key: str, entry: JsonValue) -> bool:
    # A field may be called ``title``; then its entry is a schema.
    return key == "title" and isinstance(entry, str)


if __name__ == "__main__":
    print(schema_text(), end="")
