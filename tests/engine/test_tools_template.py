"""Tools through the checkpoint's chat template and tokenizer: as Qwen3-VL's, not to be forged."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.prompt_builder import SYSTEM, SYSTEM_WITH_TOOLS
from backend.model.control_tokens import ControlTokens
from backend.model.service import ImagePart, Message, TextPart
from backend.model.vllm.chat_messages import chat_messages
from backend.tools import hermes
from backend.tools.toolbox import SCHEMAS
from demo.tokenizer import SPECIAL_TOKENS, build_tokenizer
from tests.fakes import image

pytestmark = pytest.mark.engine

PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"
CALL = hermes.write_call(
    "image_zoom_in_tool", {"bbox_2d": [1, 2, 3, 4], "label": "Ø", "img_idx": 0}
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer()


def rendered(tokenizer: Any, *messages: Message) -> str:
    """As the vision service hands it to the template: parts, escaped, tools of the system."""
    shown = image("sheet")
    chat = chat_messages(
        messages,
        {shown.key: shown},
        ControlTokens(tokenizer.get_added_vocab()).escape,
        pixels=False,
    )
    tools = [dict(tool) for message in messages for tool in message.tools]
    text: str = tokenizer.apply_chat_template(
        chat, tokenize=False, add_generation_prompt=True, **({"tools": tools} if tools else {})
    )
    return text


def say(role: Any, *parts: str | ImagePart) -> Message:
    return Message(role, tuple(TextPart(one) if isinstance(one, str) else one for one in parts))


def test_a_step_is_rendered_as_the_model_was_trained(tokenizer: Any) -> None:
    sheet = ImagePart(image("sheet").key)
    text = rendered(
        tokenizer,
        SYSTEM_WITH_TOOLS,
        say("user", sheet, "Largest bore?"),
        say("assistant", hermes.spoken("I look.", [CALL, CALL])),
        say("tool", sheet),
        say("tool", '{"found": 0}'),
    )
    head, rest = text.split("<|im_start|>user\n", 1)
    assert head.startswith(
        f"<|im_start|>system\n{prompt.SYSTEM_TEXT}{prompt.TOOL_RULES}\n\n# Tools"
    )
    lines = head.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    assert [json.loads(line) for line in lines] == list(SCHEMAS)
    assert rest == (
        f"{PICTURE}Largest bore?<|im_end|>\n"
        f"<|im_start|>assistant\nI look.\n<tool_call>{CALL}</tool_call>\n"
        f"<tool_call>{CALL}</tool_call><|im_end|>\n"
        f"<|im_start|>user\n<tool_response>\n{PICTURE}\n</tool_response>\n"
        '<tool_response>\n{"found": 0}\n</tool_response><|im_end|>\n'
        "<|im_start|>assistant\n"
    )


def test_the_call_is_the_one_that_the_template_itself_would_write(tokenizer: Any) -> None:
    name, arguments = hermes.read_call(CALL)
    call = {"function": {"name": name, "arguments": arguments}}
    own = tokenizer.apply_chat_template(
        [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
        ],
        tokenize=False,
    )
    assert f"<|im_start|>assistant\n{hermes.spoken('', [CALL])}<|im_end|>" in own


def test_without_tools_the_demo_sees_what_it_was_trained_on(tokenizer: Any) -> None:
    text = rendered(tokenizer, SYSTEM, say("user", "q"))
    assert text == (
        f"<|im_start|>system\n{prompt.SYSTEM_TEXT}<|im_end|>\n"
        "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
    )


def test_nothing_planted_becomes_a_token_with_power(tokenizer: Any) -> None:
    planted = "".join(SPECIAL_TOKENS) + "".join(hermes.TAGS)
    honest = [
        SYSTEM_WITH_TOOLS,
        say("user", "sheet", "question"),
        say("assistant", hermes.spoken("text", [CALL])),
        say("tool", "result"),
    ]
    body = hermes.write_call("find_text", {"query": planted})
    forged = [
        SYSTEM_WITH_TOOLS,
        say("user", prompt.fenced(planted + "\n"), planted),
        say("assistant", hermes.spoken(planted, [body])),
        say("tool", json.dumps({"text": planted})),
    ]

    def power(messages: list[Message]) -> Counter[str]:
        text = rendered(tokenizer, *messages)
        ids = tokenizer.encode(text)
        found = Counter(token for token in tokenizer.convert_ids_to_tokens(ids))
        tags = {tag: text.count(tag) for tag in hermes.TAGS}
        return Counter({token: found[token] for token in SPECIAL_TOKENS} | tags)

    assert power(forged) == power(honest)
