"""Describes settings: allowed values, the table for the documentation, and error messages.

Works with the fields of any pydantic model.
"""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

#: Longer values are truncated in messages; users only need to recognise them.
SHOWN_CHARACTERS = 100
_USER_IN_ADDRESS = re.compile(r"//[^/,]*@")


def allowed(field: FieldInfo) -> str:
    """A field's allowed values as a phrase: "an integer from 1 to 65535"."""
    if field.json_schema_extra and isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["allowed"])
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f"`{choice}`" for choice in get_args(kind))
    if kind is bool:
        return "`true` or `false`"
    if kind is int:
        return "an integer" + _range(field)
    if kind is float:
        return "a number" + _range(field)
    if kind is Path:
        return "a folder"
    shortest = _bound(field, "min_length") or 0
    return f"text of at least {shortest} characters" if shortest > 1 else "text"


def one_line(value: object, *, secret: bool = False) -> str:
    """A value for a message: on one line, truncated, secrets hidden."""
    if secret:
        return "(hidden)"
    text = "".join(character if character.isprintable() else "�" for character in str(value))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def refusal(key: str, value: object, field: FieldInfo, reason: str = "") -> str:
    """`KEY=value: must be …`, with a reason if the field's phrase is not enough."""
    secret = _kind(field.annotation) is SecretStr
    # URLs with credentials are rejected; do not repeat the credentials.
    shown = _USER_IN_ADDRESS.sub("//(hidden)@", one_line(value, secret=secret))
    because = f" ({one_line(reason)})" if reason else ""
    return f"{key}={shown}: must be {allowed(field).replace('`', '')}{because}."


def table(model: type[BaseModel], prefix: str, defaults: dict[str, str]) -> str:
    """All settings as a Markdown table; `defaults` describes those that depend on the machine."""
    lines = ["| Setting | Default | Allowed values | Description |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = defaults.get(name) or _default(field)
        cells = [f"`{prefix}{name.upper()}`", default, allowed(field), field.description or ""]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _kind(annotation: Any) -> Any:
    """The type, without `None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return get_origin(annotation) if get_origin(annotation) in (list, dict) else annotation


def _bound(field: FieldInfo, name: str) -> Any:
    for item in field.metadata:
        if getattr(item, name, None) is not None:
            return getattr(item, name)
    return None


def _range(field: FieldInfo) -> str:
    at_least, over, most = (_bound(field, name) for name in ("ge", "gt", "le"))
    if at_least is not None and most is not None:
        return f" from {at_least} to {most}"
    low = f" of at least {at_least}" if at_least is not None else ""
    if over is not None:
        low = f" greater than {over}"
    return low + (f", at most {most}" if most is not None else "")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == [] or value == {}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
