"""README and docs match the program: settings, errors, files, links, options, examples."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from backend import cli
from backend.chat.protocol.client_frames import Ask
from backend.config.settings import Settings, environment_name, settings_table
from backend.errors import DrawingChatError, SettingsError, StorageUnusable
from tests.server_process import PROJECT_ROOT

DOCS = sorted(path.relative_to(PROJECT_ROOT) for path in (PROJECT_ROOT / "docs").glob("*.md"))
DOCUMENTS = [
    *(Path(name) for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md")),
    *(Path(name) for name in ("demo/README.md", "demo/MODEL_CARD.md", "demo/model/README.md")),
    *DOCS,
]
#: Folders that documents name by their path from the project's root.
NAMED_PATH = re.compile(r"`((?:backend|frontend|demo|tests|docs|benchmarks|deploy)/[\w./-]*)`")
NAMED_SCRIPT = re.compile(r"\b(\w+\.sh|requirements_\w+\.txt)\b")


def text_of(document: Path | str) -> str:
    return (PROJECT_ROOT / document).read_text(encoding="utf-8")


def code_block(start: str, document: str = "README.md") -> str:
    """The first fenced block of a document that starts with these words."""
    block = next(text for text in text_of(document).split("```") if text.startswith(start))
    return block.partition("\n")[2]


def between(document: str, name: str) -> str:
    """The text between the comments `<!-- name: … -->` and `<!-- /name -->`."""
    found = re.search(rf"<!-- {name}:.*?-->\n(.*?)<!-- /{name} -->", text_of(document), re.DOTALL)
    assert found is not None
    return found[1]


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown file."""
    prose = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_the_readme_is_short_and_leads_to_every_document() -> None:
    readme = text_of("README.md")
    assert len(readme.encode()) <= 10_000
    for document in DOCS:
        assert f"({document})" in readme, document


def test_the_table_of_settings_is_the_generated_one() -> None:
    assert between("docs/settings.md", "settings") == settings_table()


def test_the_table_of_errors_is_complete() -> None:
    def below(parent: type[DrawingChatError]) -> set[type[DrawingChatError]]:
        return {parent}.union(*(below(child) for child in parent.__subclasses__()))

    sent = below(DrawingChatError) - {SettingsError, StorageUnusable}
    expected = {(one.code, one.status) for one in sent if one.__module__ == "backend.errors"}
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", between("docs/api.md", "errors"), re.MULTILINE)
    assert {(code, int(status)) for code, status in rows} == expected
    assert len(rows) == len(expected)


def test_every_file_of_the_tree_is_there() -> None:
    tree = code_block("\nquick_start.sh", "docs/architecture.md")
    lines = [line for line in tree.splitlines() if line.strip()]
    above = [PROJECT_ROOT]  # the folder of each level of indentation
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        for name in names:
            assert (above[depth] / name).exists(), name
        above[depth + 1 :] = [above[depth] / names[-1]]
    assert len(lines) > 20


def test_the_tree_has_every_folder_of_the_backend() -> None:
    tree = code_block("\nquick_start.sh", "docs/architecture.md")
    for folder in (PROJECT_ROOT / "backend").iterdir():
        if any(folder.glob("*.py")):
            assert f"\n  {folder.name}/ " in tree, folder.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_and_named_path_exists(document: Path) -> None:
    text = text_of(document)
    links = re.findall(r"\]\(([^)\s]+)\)|^\[\w+\]: (\S+)", text, re.MULTILINE)
    for link in (inline or reference for inline, reference in links):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (PROJECT_ROOT / document.parent / target) if target else PROJECT_ROOT / document
        assert path.exists(), link
        if anchor:
            assert anchor in anchors(path), link
    for name in [*NAMED_PATH.findall(text), *NAMED_SCRIPT.findall(text)]:
        assert (PROJECT_ROOT / name).exists(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_named_setting_exists(document: Path) -> None:
    named = set(re.findall(r"\bDRAWING_CHAT_[A-Z_]*[A-Z]\b", text_of(document)))
    assert named <= {environment_name(name) for name in Settings.model_fields}


@pytest.mark.parametrize("script", ["quick_start.sh", "run_tests.sh"])
def test_the_options_of_the_two_commands_are_documented(script: str) -> None:
    usage = subprocess.run(
        ["bash", PROJECT_ROOT / script, "--help"], capture_output=True, text=True, timeout=20
    ).stdout.splitlines()[0]
    lines = text_of("README.md").splitlines()
    line = next(line for line in lines if re.match(rf"\./{script} +\[", line))
    assert re.sub(" +", " ", line) == usage.removeprefix("Usage: ")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_named_subcommand_and_option_exists(document: Path) -> None:
    text = re.sub(r"\s+#.*", "", text_of(document))  # comments behind commands
    found = re.findall(r"(?:`|\n)drawing-chat (\w[^`\n]*)", text)
    for words in (shlex.split(one) for one in found if "…" not in one):
        assert words[0] in cli.COMMANDS, words
        parser = cli.build_parser(words[0])
        if len(words) > 1 and words[0] != "token":  # `token list` is fine, `token` alone is not
            parser.parse_args(words)


def test_the_tool_of_the_readme_answers(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of("README.md").splitlines()
    line = next(line for line in lines if line.startswith("drawing-chat tool"))
    assert cli.main(shlex.split(line, comments=True)[1:]) == 0
    assert "H7" in capsys.readouterr().out


def test_the_python_example_asks_as_the_protocol_requires() -> None:
    example = code_block("python\n")
    compile(example, "README.md", "exec")
    question = re.search(r"question = (\{.*?\n    \})", example, re.DOTALL)
    assert question is not None
    Ask.model_validate(eval(question[1], {"drawing": {"id": "a" * 32}}))  # noqa: S307


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_no_wrong_figure_is_repeated(document: Path) -> None:
    assert not re.search(r"15\s*(-|–|to)\s*20\s*GB", text_of(document))


def test_the_demo_models_card_is_the_generated_one() -> None:
    card, readme = text_of("demo/MODEL_CARD.md"), text_of("demo/model/README.md")
    marker = json.loads(text_of("demo/model/demo.json"))
    card = card.replace("{parameters}", f"{marker['parameters'] / 1e6:.1f}")
    before, after = card.replace("{stages}", ", ".join(marker["stages"])).split("{figures}")
    assert readme.startswith(before) and readme.endswith(after)
