"""Words about settings: what a field allows, the README's table, the one line of a refusal.

Works on any pydantic model's fields; does not know where values come from.
"""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

#: Longer values are cut in a message; a person needs to recognise theirs.
SHOWN_CHARACTERS = 100
_USER_IN_ADDRESS = re.compile(r"//[^/,]*@")


def allowed(field: FieldInfo) -> str:
    """What may be written for a field, as a phrase: "a whole number from 1 to 65535"."""
    if field.json_schema_extra and isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["allowed"])
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f"`{choice}`" for choice in get_args(kind))
    if kind is bool:
        return "`true` or `false`"
    if kind is int:
        return "a whole number" + _range(field)
    if kind is float:
        return "a number" + _range(field)
    if kind is Path:
        return "a folder"
    shortest = _bound(field, "min_length") or 0
    return f"text of {shortest} characters or more" if shortest > 1 else "text"


def one_line(value: object, *, secret: bool = False) -> str:
    """A value as a message shows it: on one line, not too long, secrets hidden."""
    if secret:
        return "(hidden)"
    text = "".join(character if character.isprintable() else "�" for character in str(value))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def refusal(key: str, value: object, field: FieldInfo, reason: str = "") -> str:
    """`KEY=value: … is needed.`, with the reason where the field's own phrase is not enough."""
    secret = _kind(field.annotation) is SecretStr
    # Somebody may write a key into an address, where it is refused.
    shown = _USER_IN_ADDRESS.sub("//(hidden)@", one_line(value, secret=secret))
    because = f" ({one_line(reason)})" if reason else ""
    return f"{key}={shown}: needed is {allowed(field).replace('`', '')}{because}."


def table(model: type[BaseModel], prefix: str, defaults: dict[str, str]) -> str:
    """All settings as a Markdown table. `defaults` words those that depend on the machine."""
    lines = ["| Setting | Default | Allowed | What it is |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = defaults.get(name) or _default(field)
        cells = [f"`{prefix}{name.upper()}`", default, allowed(field), field.description or ""]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _kind(annotation: Any) -> Any:
    """The type without `None`."""
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
    low = f" of {at_least} or more" if at_least is not None else ""
    if over is not None:
        low = f" above {over}"
    return low + (f", at most {most}" if most is not None else "")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == [] or value == {}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
