"""The README says what is true: the settings, the files, the options, the examples' grammar."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from backend import cli
from backend.chat.protocol.frames import Ask
from backend.config.settings import settings_table

PROJECT_ROOT = Path(__file__).resolve().parent.parent
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def code_block(start: str) -> str:
    """The first fenced block that starts with these words."""
    block = next(text for text in README.split("```") if text.startswith(start))
    return block.partition("\n")[2]


def test_the_table_of_settings_is_the_generated_one() -> None:
    between = re.search(r"<!-- settings:.*?-->\n(.*?)<!-- /settings -->", README, re.DOTALL)
    assert between is not None
    assert between[1] == settings_table()


def test_every_file_of_the_tree_is_there() -> None:
    tree = next(text for text in README.split("```") if text.startswith("\nquick_start.sh"))
    lines = [line for line in tree.splitlines() if line.strip()]
    above = [PROJECT_ROOT]  # the folder of each level of indentation
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        for name in names:
            assert (above[depth] / name).exists(), name
        above[depth + 1 :] = [above[depth] / names[-1]]
    assert len(lines) > 20


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_named_path_leads_somewhere(document: str) -> None:
    text = (PROJECT_ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:backend|frontend|demo|tests|docs|benchmarks)/[\w./]*)`", text)
    for name in [*links, *paths]:
        if name != "docs/screenshot.png":
            assert (PROJECT_ROOT / name).exists(), name


@pytest.mark.parametrize("script", ["quick_start.sh", "run_tests.sh"])
def test_the_options_of_the_two_commands_are_those_they_know(script: str) -> None:
    usage = subprocess.run(
        ["bash", PROJECT_ROOT / script, "--help"], capture_output=True, text=True, timeout=20
    ).stdout.splitlines()[0]
    line = next(line for line in README.splitlines() if re.match(rf"\./{script} +\[", line))
    assert re.sub(" +", " ", line) == usage.removeprefix("Usage: ")


def test_the_subcommands_that_it_names_exist() -> None:
    text = "".join((PROJECT_ROOT / document).read_text() for document in DOCUMENTS)
    for name in re.findall(r"(?:`|\n)drawing-chat (\w+)", text):
        assert name in cli.COMMANDS, name


def test_the_tool_that_it_calls_answers(capsys: pytest.CaptureFixture[str]) -> None:
    line = next(line for line in README.splitlines() if line.startswith("drawing-chat tool"))
    assert cli.main(shlex.split(line)[1:]) == 0
    assert "H7" in capsys.readouterr().out


def test_the_python_example_compiles_and_asks_as_the_protocol_says() -> None:
    example = code_block("python")
    compile(example, "README.md", "exec")
    question = re.search(r"question = (\{.*?\n    \})", example, re.DOTALL)
    assert question is not None
    Ask.model_validate(eval(question[1], {"drawing": {"id": "a" * 32}}))  # noqa: S307


def test_no_wrong_figure_is_repeated() -> None:
    for document in DOCUMENTS:
        text = (PROJECT_ROOT / document).read_text()
        assert not re.search(r"15\s*(-|–|to)\s*20\s*GB", text)
