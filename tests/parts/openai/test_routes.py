"""The OpenAI-compatible routes, asked with the real `openai` package."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from backend.errors import EngineError
from backend.model.service import Delta
from tests.chat_server import Served, serve
from tests.fakes import FakeVisionService, texts_of

pytestmark = pytest.mark.anyio

ASK: Any = [{"role": "user", "content": "Largest bore?"}]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as running:
        yield running


@pytest.fixture
async def client(served: Served) -> AsyncIterator[openai.AsyncOpenAI]:
    url = served.url + "/v1"
    http = httpx.AsyncClient(verify=False, trust_env=False)  # noqa: S501 — no TLS here at all
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=http
    ) as opened:
        yield opened


def data_url(image: Image.Image, form: str = "PNG") -> str:
    file = io.BytesIO()
    image.save(file, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def with_image(url: str) -> Any:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return [{"role": "user", "content": parts}]


async def test_the_model_is_listed(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["fake"]
    assert (await client.models.retrieve("fake")).id == "fake"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("Qwen/Qwen3-VL-8B-Instruct")


async def test_a_whole_answer(served: Served, client: openai.AsyncOpenAI) -> None:
    served.chat.service.scripts = [["The bore ", "is Ø38."]]
    answer = await client.chat.completions.create(
        model="fake", messages=[{"role": "system", "content": "Be brief."}, *ASK], max_tokens=9
    )
    assert answer.choices[0].message.content == "The bore is Ø38."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 2
    [request] = served.chat.service.requests
    assert [(message.role, texts_of(message)) for message in request.messages] == [
        ("system", "Be brief."),
        ("user", "Largest bore?"),
    ]
    assert request.sampling is not None
    assert request.sampling.max_tokens == 9


async def test_a_stream_with_usage_and_reasoning(
    served: Served, client: openai.AsyncOpenAI
) -> None:
    served.chat.service.scripts = [[Delta("hm", reasoning=True), "Ø", "38"]]
    stream = await client.chat.completions.create(
        model="fake", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == "Ø38"
    assert [getattr(delta, "reasoning_content", None) for delta in deltas][1] == "hm"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3
    assert len({chunk.id for chunk in chunks}) == 1


async def test_pictures_come_as_data_urls(served: Served, client: openai.AsyncOpenAI) -> None:
    clear = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    big = Image.new("RGB", (2600, 1700), "red")
    for image, form in ((clear, "PNG"), (big, "JPEG"), (big, "WEBP")):
        await client.chat.completions.create(
            model="fake", messages=with_image(data_url(image, form))
        )
    first, *larger = [
        next(iter(request.images.values())) for request in served.chat.service.requests
    ]
    assert (first.width, first.height) == (400, 300)
    assert set(first.rgb) == {255}  # transparent is paper
    for model_image in larger:
        assert model_image.width * model_image.height <= 4_194_304
        assert len(model_image.rgb) == model_image.width * model_image.height * 3
    assert texts_of(served.chat.service.requests[0].messages[0]) == "What is this?[picture]"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://example.com/sheet.png", 400),
        ("http://127.0.0.1:1/x.png", 400),
        ("file:///etc/passwd", 400),
        ("data:image/png,notbase64", 400),
        ("data:image/png;base64,@@@@", 400),
        ("data:image/png;base64," + base64.b64encode(b"no picture").decode(), 415),
        (data_url(Image.new("RGB", (10, 300))), 422),
        (data_url(Image.new("RGB", (300, 300)))[:-400], 422),
        (data_url(Image.new("L", (400, 301))), 413),
    ],
)
async def test_anything_else_is_refused_before_the_engine(
    served: Served,
    client: openai.AsyncOpenAI,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    status: int,
) -> None:
    monkeypatch.setattr("backend.openai.chat_requests.MAX_IMAGE_PIXELS", 400 * 300)
    with pytest.raises(openai.APIStatusError) as caught:
        await client.chat.completions.create(model="fake", messages=with_image(url))
    assert caught.value.status_code == status
    assert caught.value.body is not None
    assert served.chat.service.requests == []


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"logprobs": True},
        {"tools": [{"type": "function"}]},
        {"temperature": 9},
        {"logit_bias": {"50256": -100}},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"response_format": {"type": "json_schema"}},
    ],
)
async def test_what_cannot_be_honoured_is_refused(
    client: openai.AsyncOpenAI, more: dict[str, Any]
) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="fake", messages=ASK, **more)


async def test_a_part_that_is_not_read_is_named(client: openai.AsyncOpenAI) -> None:
    messages: Any = [{"role": "user", "content": [{"type": "input_audio"}]}]
    with pytest.raises(openai.BadRequestError, match="input_audio") as caught:
        await client.chat.completions.create(model="fake", messages=messages)
    assert caught.value.param == "messages.0.content.parts.0"


async def test_penalties_reach_the_engine(served: Served, client: openai.AsyncOpenAI) -> None:
    await client.chat.completions.create(
        model="fake", messages=ASK, presence_penalty=0.5, frequency_penalty=1.5
    )
    sampling = served.chat.service.requests[0].sampling
    assert sampling is not None
    assert (sampling.presence_penalty, sampling.frequency_penalty) == (0.5, 1.5)


async def test_an_unknown_model_and_one_that_is_not_ready(
    served: Served, client: openai.AsyncOpenAI
) -> None:
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model="gpt-4o", messages=ASK)
    served.chat.service.set_state("failed", "No memory.")
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model="fake", messages=ASK)
    assert caught.value.status_code == 503
    assert "No memory." in caught.value.message


async def test_an_error_in_the_middle_is_told_in_the_stream(
    served: Served, client: openai.AsyncOpenAI
) -> None:
    served.chat.service.scripts = [["x", EngineError("This one failed.")]]
    stream = await client.chat.completions.create(model="fake", messages=ASK, stream=True)
    with pytest.raises(openai.APIError, match="This one failed"):
        async for _ in stream:
            pass


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_goes_frees_the_engine(
    served: Served, client: openai.AsyncOpenAI, stream: bool
) -> None:
    service: FakeVisionService = served.chat.service
    service.scripts = [["x", asyncio.Event()]]
    asking = asyncio.create_task(
        client.chat.completions.create(model="fake", messages=ASK, stream=stream)
    )
    await service.until(lambda fake: fake.requests_in_flight() == 1)
    if stream:
        await (await asking).close()
    else:
        asking.cancel()
    await service.until(lambda fake: fake.requests_in_flight() == 0)


async def test_a_schema_reaches_the_engine(
    served: Served, client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    real = served.chat.service.stream

    def stream(*arguments: Any, **more: Any) -> Any:
        seen.append(more["json_schema"])
        return real(*arguments, **more)

    monkeypatch.setattr(served.chat.service, "stream", stream)
    schema = {"type": "object", "properties": {"bore": {"type": "number"}}}
    form: Any = {"type": "json_schema", "json_schema": {"name": "b", "schema": schema}}
    await client.chat.completions.create(model="fake", messages=ASK, response_format=form)
    await client.chat.completions.create(
        model="fake", messages=ASK, response_format={"type": "json_object"}
    )
    await client.chat.completions.create(model="fake", messages=ASK)
    assert seen == [schema, {"type": "object"}, None]
