"""Defines a tool: its name, its arguments as a JSON schema, and its function.

Arguments are checked here, and errors are worded so that the model can correct its call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "array": (list,),
    "object": (dict,),
}


class ToolError(ValueError):
    """A call that cannot be answered; `str(error)` is shown to the caller."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A tool's name, description, and arguments as a JSON schema."""

    name: str
    description: str
    parameters: Json

    def schema(self) -> Json:
        """The function as described to the chat template and in the OpenAI API."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters,
        }
        return {"type": "function", "function": function}

    def checked(self, arguments: Any) -> Mapping[str, Any]:
        """The arguments if they match the schema. Raises `ToolError` with the correct form."""
        properties: Json = self.parameters["properties"]
        known = ", ".join(properties)
        if not isinstance(arguments, Mapping):
            raise ToolError(f"{self.name} takes a JSON object with: {known}.")
        for name in arguments:
            if name not in properties:
                raise ToolError(f"{self.name} has no argument “{name}”; it takes: {known}.")
        for name in self.parameters.get("required", ()):
            if name not in arguments:
                raise ToolError(f"{self.name} needs the argument “{name}”.")
        for name, value in arguments.items():
            _check(name, value, properties[name])
        return arguments


@dataclass(frozen=True, slots=True)
class Tool(Signature):
    """`run` takes checked arguments and returns plain JSON; it raises `ToolError`."""

    run: Callable[[Mapping[str, Any]], Json]

    def __call__(self, arguments: Any) -> Json:
        """Check the arguments, then run. Raises `ToolError` with the correct form."""
        return self.run(self.checked(arguments))


def _check(name: str, value: Any, schema: Json) -> None:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    allowed = tuple(kind for one in kinds for kind in _KINDS[one])
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise ToolError(f"“{name}” must be a {' or '.join(kinds)}.")
    if "enum" in schema and value not in schema["enum"]:
        raise ToolError(f"“{name}” must be one of: {', '.join(map(str, schema['enum']))}.")
    longest = schema.get("maxLength")
    if longest is not None and isinstance(value, str) and len(value) > longest:
        raise ToolError(f"“{name}” may have at most {longest} characters.")
