"""Smallest values that a JSON Schema accepts, and where in a schema identifiers stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
#: Chooses the value of a named text or number; None leaves it to the schema.
Choose = Callable[[str], str | int | None]


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow a `$ref`, and the first alternative that is not null."""
    while True:
        if "$ref" in schema:
            found: Any = root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        elif "allOf" in schema:
            schema = schema["allOf"][0]
        elif alternatives := schema.get("anyOf", schema.get("oneOf")):
            schema = next(one for one in alternatives if one.get("type") != "null")
        else:
            return schema


def example(schema: Schema, root: Schema, choose: Choose, name: str = "") -> Any:
    """A value with only what is required; by `choose(name)` where it knows the name."""
    schema = resolve(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required", [])
        return {key: example(schema["properties"][key], root, choose, key) for key in wanted}
    if kind == "array":
        least = schema.get("minItems", 0)
        fixed = schema.get("prefixItems", [])
        items = [example(one, root, choose, name) for one in fixed]
        while len(items) < least:
            items.append(example(schema["items"], root, choose, name))
        return items
    if kind in ("integer", "number"):
        return choose(name) or schema.get("minimum", 1)
    if kind == "boolean":
        return False
    if kind == "string":
        return choose(name) or "x" * max(1, schema.get("minLength", 1))
    return None


def text_fields(
    schema: Schema, root: Schema, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The paths of all texts inside; `*` stands for the items of a list."""
    schema = resolve(schema, root)
    if schema.get("type") == "string" and "const" not in schema and "enum" not in schema:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from text_fields(inner, root, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from text_fields(schema["items"], root, (*path, "*"))


def put(value: Any, path: tuple[str, ...], schema: Schema, root: Schema, choose: Choose) -> Any:
    """`value` with something at `path`, made from the schema on the way there."""
    if not path:
        return value
    schema = resolve(schema, root)
    if path[0] == "*":
        if not value:
            value = [example(schema["items"], root, choose)]
        value[0] = put(value[0], path[1:], schema["items"], root, choose)
        return value
    inner = schema["properties"][path[0]]
    if len(path) == 1:
        value[path[0]] = choose(path[0])
    else:
        held = value.get(path[0]) or ([] if path[1] == "*" else {})
        value[path[0]] = put(held, path[1:], inner, root, choose)
    return value
