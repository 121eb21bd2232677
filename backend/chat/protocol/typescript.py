"""The frames as TypeScript types, written from the JSON Schema of the models.

`python -m backend.chat.protocol.typescript > frontend/src/protocol.ts`. Covers the part of JSON
Schema that pydantic writes for the frames and raises for anything else.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from backend.chat.protocol import frames as protocol

#: JSON Schema's scalar types in TypeScript.
TYPE_OF_SCALAR = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}

HEADER = """\
// Written by `python -m backend.chat.protocol.typescript`; do not edit.
// The types of the WebSocket protocol. Boxes are [x, y, width, height] in canvas pixels.
"""

CONSTANTS = (
    "PROTOCOL_VERSION",
    "MAX_FRAME_BYTES",
    "MAX_QUESTION_CHARACTERS",
    "MAX_DRAWINGS_PER_QUESTION",
)


#: Where a comment is wrapped.
LINE = 100

#: Each union of frames, and from which side its models are seen.
UNIONS: tuple[tuple[str, Any, Literal["validation", "serialization"]], ...] = (
    ("ClientFrame", protocol.ClientFrame, "validation"),
    ("ServerFrame", protocol.ServerFrame, "serialization"),
)


#: Of these `protocol.encode` leaves out what is null.
SPARSE = frozenset({"ErrorFrame"})


def typescript() -> str:
    """The whole file. What a client sends may leave defaults out; what it gets is complete, but
    for the frames that are `SPARSE`."""
    parts = [HEADER]
    parts += [f"export const {name} = {json.dumps(getattr(protocol, name))};" for name in CONSTANTS]
    parts.append("\nexport type Box = [number, number, number, number];\n")
    written: set[str] = set()
    for name, union, mode in UNIONS:
        schema = TypeAdapter[Any](union).json_schema(mode=mode)
        for model, definition in sorted(schema["$defs"].items()):
            if model not in written:
                parts.append(_interface(model, definition, complete=mode == "serialization"))
                written.add(model)
        members = "".join(f"\n  | {_reference(member)}" for member in schema["oneOf"])
        parts.append(f"export type {name} ={members};\n")
    return "\n".join(parts)


def _interface(name: str, definition: Mapping[str, Any], *, complete: bool) -> str:
    required = set(definition.get("required", ()))
    lines = []
    if "description" in definition:
        lines.append(_comment(" ".join(definition["description"].split())))
    lines.append(f"export interface {name} {{")
    for key, value in definition.get("properties", {}).items():
        # A discriminator is always sent, also where the model has a default for it.
        sent = complete or key in required or "const" in value
        kind = _type(value)
        if name in SPARSE and "null" in kind.split(" | "):
            sent = False
        lines.append(f"  {key}{'' if sent else '?'}: {kind};")
    return "\n".join([*lines, "}\n"])


def _comment(text: str) -> str:
    if len(text) <= LINE - len("/**  */"):
        return f"/** {text} */"
    wrapped = "\n".join(f" * {line}" for line in textwrap.wrap(text, LINE - len(" * ")))
    return f"/**\n{wrapped}\n */"


def _reference(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _reference(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(member) for member in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        values = schema.get("additionalProperties", True)
        return f"Record<string, {'unknown' if values is True else _type(values)}>"
    if kind in TYPE_OF_SCALAR:
        return TYPE_OF_SCALAR[kind]
    if not set(schema) - {"title", "description", "default"}:
        return "unknown"
    raise ValueError(f"No TypeScript type is known for {dict(schema)}.")


def _array(schema: Mapping[str, Any]) -> str:
    items = schema.get("prefixItems")
    if items:
        members = [_type(item) for item in items]
        return "Box" if members == ["number"] * 4 else f"[{', '.join(members)}]"
    member = _type(schema["items"])
    return f"({member})[]" if "|" in member else f"{member}[]"


if __name__ == "__main__":
    sys.stdout.write(typescript())
