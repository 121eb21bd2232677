"""Prints the JSON Schemas of the WebSocket frames and the HTTP responses, for type generators.

`python -m scripts.api_schemas`; the page's types are made from it by `npm run types`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import TypeAdapter

from backend.chat.protocol import frame_types
from backend.chat.protocol.client_frames import ClientFrame
from backend.chat.protocol.server_frames import ServerFrame
from backend.config import Settings
from backend.main import create_app

CONSTANTS = (
    "PROTOCOL_VERSION",
    "MAX_FRAME_BYTES",
    "MAX_QUESTION_CHARACTERS",
    "MAX_DRAWINGS_PER_QUESTION",
)

#: Clients may leave out fields with defaults; the server sends every field.
_UNIONS: tuple[tuple[str, Any, Literal["validation", "serialization"]], ...] = (
    ("ClientFrame", ClientFrame, "validation"),
    ("ServerFrame", ServerFrame, "serialization"),
)

#: The null fields of these are not sent.
_SPARSE = ("ErrorFrame", "ErrorInfo")

_BOX = {
    "type": "array",
    "description": "`[x, y, width, height]` in canvas pixels.",
    "items": [{"type": "number"}] * 4,
    "minItems": 4,
    "maxItems": 4,
}


def schemas() -> dict[str, Any]:
    """`{constants, schema}`: one schema with a definition for each frame and response body."""
    # Where a model is in both, the frames' definition is the stricter one.
    definitions = {**_response_definitions(), **_frame_definitions()}
    tidy = {name: _tidy(definitions[name]) for name in sorted(definitions)}
    return {
        "constants": {name: getattr(frame_types, name) for name in CONSTANTS},
        "schema": {
            "title": "Body",
            "oneOf": [{"$ref": f"#/$defs/{name}"} for name in tidy],
            "$defs": {**tidy, "Box": _BOX},
        },
    }


def _frame_definitions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, union, mode in _UNIONS:
        schema = TypeAdapter[Any](union).json_schema(mode=mode)
        for model, definition in schema["$defs"].items():
            if model not in found:
                found[model] = definition
                definition["required"] = _sent(model, definition, complete=mode != "validation")
        found[name] = {"oneOf": schema["oneOf"]}
    return found


def _sent(model: str, definition: dict[str, Any], *, complete: bool) -> list[str]:
    """The fields that are always sent."""
    required = definition.get("required", ())

    def is_sent(key: str, field: dict[str, Any]) -> bool:
        # A discriminator is always sent, even where the model has a default for it.
        if key in required or "const" in field:
            return True
        return complete and not (model in _SPARSE and {"type": "null"} in field.get("anyOf", ()))

    return [key for key, field in definition.get("properties", {}).items() if is_sent(key, field)]


def _response_definitions() -> dict[str, Any]:
    """The response bodies of the calls below `/api`, with the models inside them."""
    document = create_app(Settings()).openapi()
    known = document["components"]["schemas"]
    responses = [
        operation.get("responses", {})
        for path, operations in document["paths"].items()
        if path.startswith("/api/")
        for operation in operations.values()
    ]
    found: dict[str, Any] = {}
    waiting = list(_references(responses))
    while waiting:
        name = waiting.pop().rsplit("/", 1)[1]
        if name not in found:
            definition = {**known[name]}
            definition["required"] = _sent(name, definition, complete=True)
            found[name] = definition
            waiting += _references(definition)
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _tidy(schema: Any) -> Any:
    """Without titles, defaults and lengths, which generators would turn into types of their own."""
    if isinstance(schema, list):
        return [_tidy(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("prefixItems") == [{"type": "number"}] * 4:
        return {"$ref": "#/$defs/Box"}
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref'].rsplit('/', 1)[1]}"}
    dropped = {"title", "default", "minItems", "maxItems", "discriminator"}
    tidy = {key: value for key, value in schema.items() if key not in dropped}
    for key, value in tidy.items():
        if key == "properties":
            tidy[key] = {name: _tidy(one) for name, one in value.items()}
        elif key == "description":
            tidy[key] = " ".join(value.split())
        elif key not in ("required", "enum", "const"):
            tidy[key] = _tidy(value)
    return tidy


if __name__ == "__main__":
    json.dump(schemas(), sys.stdout, indent=2, ensure_ascii=False)
