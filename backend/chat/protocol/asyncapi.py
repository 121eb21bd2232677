"""The protocol as an AsyncAPI 3 document with JSON Schemas, generated from the frames' models."""

from __future__ import annotations

import inspect
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from backend import __version__
from backend.chat.protocol.client_frames import ClientFrame
from backend.chat.protocol.frame_types import PROTOCOL_VERSION
from backend.chat.protocol.server_frames import ServerFrame

_SCHEMAS = "#/components/schemas/"
_DESCRIPTION = (
    "JSON text frames, each with `type`. A turn is a job of the server: its frames carry "
    "`turn_id` and a gapless `seq`, the last is `done`, `stopped` or an `error` with `turn_id`. "
    "After a lost connection, `resume` with the last `seq` seen. Boxes are [x, y, width, height] "
    "in pixels of the page's canvas, origin top left."
)


def frames(union: Any) -> list[type[BaseModel]]:
    """The models of an annotated union of frames, in its order."""
    return list(get_args(get_args(union)[0]))


def protocol_document(host: str) -> dict[str, Any]:
    """The AsyncAPI document; `host` is the host of the request."""
    client, server = frames(ClientFrame), frames(ServerFrame)
    _, definitions = models_json_schema(
        [(model, "validation") for model in client]
        + [(model, "serialization") for model in server],
        ref_template=_SCHEMAS + "{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Drawing Chat",
            "version": __version__,
            "description": f"Protocol {PROTOCOL_VERSION}. {_DESCRIPTION}",
            "license": {"name": "Apache-2.0"},
        },
        "servers": {"here": {"host": host, "protocol": "ws", "pathname": "/"}},
        "channels": {
            "chat": {
                "address": "/ws",
                "messages": {
                    key: {"$ref": f"#/components/messages/{key}"}
                    for key in map(_key, client + server)
                },
            }
        },
        "operations": {
            "clientFrames": _operation("receive", client),
            "serverFrames": _operation("send", server),
        },
        "components": {
            "messages": {
                _key(model): {
                    "name": _name(model),
                    "summary": (inspect.getdoc(model) or "").split("\n")[0],
                    "payload": {"$ref": _SCHEMAS + model.__name__},
                }
                for model in client + server
            },
            "schemas": definitions["$defs"],
        },
    }


def _operation(action: str, models: list[type[BaseModel]]) -> dict[str, Any]:
    """One operation. Actions are the server's: it receives the frames of clients."""
    return {
        "action": action,
        "channel": {"$ref": "#/channels/chat"},
        "messages": [{"$ref": f"#/channels/chat/messages/{_key(model)}"} for model in models],
    }


def _name(model: type[BaseModel]) -> str:
    """The value of the frame's `type`."""
    name: str = get_args(model.model_fields["type"].annotation)[0]
    return name


def _key(model: type[BaseModel]) -> str:
    """Its `type`, or its class name if both sides have a frame of that type."""
    name = _name(model)
    alike = [one for one in frames(ClientFrame) + frames(ServerFrame) if _name(one) == name]
    return name if len(alike) == 1 else model.__name__[0].lower() + model.__name__[1:]
