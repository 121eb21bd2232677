"""Parses OpenAI's chat requests into the engine's own messages and images.

Knows the request format and how a data URL becomes pixels, within limits; does not know HTTP.
Images come as data URLs only: nothing here ever fetches an address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import warnings
from typing import Annotated, Any, Literal, Self

from PIL import Image
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from backend.errors import BadRequest, DamagedFile, FileTooLarge, TooManyPixels, UnsupportedFormat
from backend.model.image_size import fit_to_budget
from backend.model.service import ImagePart, Message, ModelImage, Role, Sampling, TextPart

MAX_MESSAGES = 1000
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_IMAGE_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP")


class Lenient(BaseModel):
    """OpenAI's clients send more than is used here; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore")


class TextContent(Lenient):
    """A text part."""

    type: Literal["text"]
    text: str


class ImageUrl(Lenient):
    """An image's address; only `data:` URLs are accepted."""

    url: str


class ImageContent(Lenient):
    """An image part."""

    type: Literal["image_url"]
    image_url: ImageUrl


Part = Annotated[TextContent | ImageContent, Field(discriminator="type")]


def _form(content: object) -> str:
    return "parts" if isinstance(content, list) else "text"


#: Discriminated first, so that the error names the invalid part and not a missing text.
Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[Part], Tag("parts")], Discriminator(_form)
]


class ChatMessage(Lenient):
    """One message."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Content | None = None


class StreamOptions(Lenient):
    """Additional contents of a stream."""

    include_usage: bool = False


class JsonSchema(Lenient):
    """A JSON schema for the answer."""

    json_schema: dict[str, Any] = Field(alias="schema")


class ResponseFormat(Lenient):
    """The format of the answer."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _with_its_schema(self) -> Self:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("the type json_schema needs a json_schema")
        return self


class ChatRequest(Lenient):
    """`POST /v1/chat/completions`. Unsupported options are refused, not ignored."""

    model: str
    messages: list[ChatMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: Annotated[dict[str, float], Field(max_length=0)] | None = None
    seed: int | None = Field(None, ge=0, lt=2**63)
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: ResponseFormat | None = None

    def sampling(self, most_tokens: int) -> Sampling:
        """Sampling options; at most `most_tokens` if the request has no limit."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        given = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "presence_penalty": self.presence_penalty,
            "frequency_penalty": self.frequency_penalty,
            "seed": self.seed,
        }
        return Sampling(
            max_tokens=self.max_completion_tokens or self.max_tokens or most_tokens,
            stop=tuple(stop),
            **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
        )

    def schema_for_answer(self) -> dict[str, Any] | None:
        """The JSON schema of the answer, if any."""
        if self.response_format is None or self.response_format.type == "text":
            return None
        if self.response_format.json_schema is None:
            return {"type": "object"}
        return self.response_format.json_schema.json_schema


def read_messages(
    request: ChatRequest, *, min_pixels: int, max_pixels: int
) -> tuple[list[Message], dict[str, ModelImage]]:
    """The engine's messages and images. Decodes images: call it off the event loop.

    Raises `BadRequest` for an address that is not a data URL, `FileTooLarge`, `TooManyPixels`,
    `UnsupportedFormat`, `DamagedFile` or `BadProportions` for an image.
    """
    images: dict[str, ModelImage] = {}
    messages = []
    for message in request.messages:
        content = message.content or ""
        if isinstance(content, str):
            content = [TextContent(type="text", text=content)]
        parts: list[TextPart | ImagePart] = []
        for item in content:
            if isinstance(item, TextContent):
                parts.append(TextPart(item.text))
                continue
            image = _image(item.image_url.url, min_pixels, max_pixels)
            images[image.key] = image
            parts.append(ImagePart(image.key))
        role: Role = "system" if message.role == "developer" else message.role
        messages.append(Message(role, tuple(parts)))
    return messages, images


def _image(url: str, min_pixels: int, max_pixels: int) -> ModelImage:
    head, comma, payload = url.partition(",")
    if not (comma and head.lower().startswith("data:") and head.lower().endswith(";base64")):
        raise BadRequest(
            "image_url: only data URLs are accepted (data:image/png;base64,…). This server never "
            "fetches an address."
        )
    if len(payload) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        raise FileTooLarge(f"image_url: an image may have at most {MAX_IMAGE_BYTES // 2**20} MiB.")
    try:
        data = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("image_url: the data URL is not valid base64.") from None
    return _decode(data, min_pixels, max_pixels)


def _decode(data: bytes, min_pixels: int, max_pixels: int) -> ModelImage:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnsupportedFormat("image_url: send a PNG, JPEG or WebP image.") from None
    with image, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        if image.width * image.height > MAX_IMAGE_PIXELS:
            raise TooManyPixels(
                f"image_url: an image may have at most {MAX_IMAGE_PIXELS:,} pixels. Upload larger "
                "drawings to the page and ask about a region."
            )
        size = fit_to_budget(image.width, image.height, min_pixels, max_pixels)
        try:
            image.draft("RGB", size)  # JPEG: decode at a reduced size if that is enough
            pixels = _on_white(image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            raise DamagedFile("image_url: the image is damaged.") from None
    if pixels.width * pixels.height > max_pixels:
        pixels = pixels.resize(size, Image.Resampling.LANCZOS)
    rgb = pixels.tobytes()
    key = hashlib.sha256(f"api {pixels.size} ".encode() + rgb).hexdigest()
    return ModelImage(key, pixels.width, pixels.height, rgb)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        return paper.convert("RGB")
    return image.convert("RGB")
