"""The Dockerfile and `deploy/` match the program: settings, options, routes, folders.

The files are parsed; nothing is built or pulled.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.cli import COMMANDS, build_parser
from backend.config.settings import Settings, environment_name
from backend.http.token_store import check_bind
from backend.main import EXIT_STATUS, create_app

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
FILES = ("Dockerfile", "compose.yaml", "drawing-chat.service", "vessl.yaml", "README.md")
SETTINGS = {environment_name(name) for name in Settings.model_fields}


def text_of(name: str) -> str:
    folder = ROOT if name == "Dockerfile" else DEPLOY
    return (folder / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    lines = [line for line in text_of("Dockerfile").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = [line.strip().split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word, " ".join(rest.split())) for word, rest in pairs]


def of(word: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == word]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(pair.split("=", 1) for line in of("ENV") for pair in shlex.split(line))


def unit() -> dict[str, list[str]]:
    """The unit's lines by name; systemd's names may stand several times."""
    found: dict[str, list[str]] = {}
    for line in text_of("drawing-chat.service").splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def commands() -> list[str]:
    """Every `drawing-chat …` that stands in a file as something to run."""
    (start,), (command,) = of("ENTRYPOINT"), of("CMD")
    found = [" ".join(json.loads(start) + json.loads(command)), unit()["ExecStart"][0]]
    found += [step["command"] for step in yaml.safe_load(text_of("vessl.yaml"))["run"]]
    quoted = re.findall(r"`([^`]*)`", text_of("README.md"))
    found += [one for one in quoted if re.match(r"drawing-chat \w", one)]
    return found + [re.sub(r".* run --rm ", "", one) for one in quoted if " run --rm " in one]


@pytest.mark.parametrize("name", FILES)
def test_each_setting_exists(name: str) -> None:
    named = set(re.findall(r"\bDRAWING_CHAT_[A-Z_]+", text_of(name)))
    assert named and named <= SETTINGS


def test_each_command_and_option_exists() -> None:
    for command in commands():
        program, name, *arguments = shlex.split(command)
        assert Path(program).name == "drawing-chat" and name in COMMANDS, command
        build_parser(name).parse_args([name, *arguments])
    assert len(commands()) >= 5


def test_each_file_that_is_copied_is_there_and_not_ignored() -> None:
    kept = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    sources = [
        source.rstrip("/")
        for line in of("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]
    assert "backend" in sources
    for source in sources:
        assert list(ROOT.glob(source)), source
        assert source in kept or source.split("/")[0] in kept, source
    steps = " ".join(of("RUN"))
    # As a machine with a GPU, though an image is built on one without.
    assert "./fix_qwen_dependencies.sh --gpu --install -e ." in steps
    assert re.findall(r"-r (\S+)", steps) == ["requirements_no_deps.txt"]


def test_a_changed_line_of_the_server_does_not_fetch_the_packages_again() -> None:
    text = text_of("Dockerfile")
    install, whole = text.index("--gpu --install"), text.index("COPY backend/ backend/")
    assert install < whole < text.index("pip install --no-deps -e .")
    before = [line for line in text[:install].splitlines() if line.startswith("COPY backend")]
    copied = [source for line in before for source in line.split()[1:-1]]
    script = (ROOT / "fix_qwen_dependencies.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"backend/\S+\.py", script)) < set(copied)


def test_the_page_is_built_in_a_stage_of_its_own() -> None:
    first, last = of("FROM")
    assert first.endswith(" AS page") and "CUDA_IMAGE" in last
    assert "--from=page /page/dist frontend/dist/" in of("COPY")


def test_the_container_is_nobody_and_keeps_data_and_models_in_volumes() -> None:
    assert of("USER")[-1] not in ("root", "0")
    volumes = json.loads(of("VOLUME")[0])
    assert {environment()["DRAWING_CHAT_DATA_FOLDER"], environment()["HF_HOME"]} == {*volumes}
    (service,) = compose()["services"].values()
    assert [volume.split(":")[1] for volume in service["volumes"]] == volumes


def test_health_is_asked_of_a_route_and_port_that_the_server_has() -> None:
    url = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", of("HEALTHCHECK")[0])
    assert url is not None and url[1] == environment()["DRAWING_CHAT_PORT"] == of("EXPOSE")[0]
    assert url[2] in create_app(Settings()).openapi()["paths"]


def test_the_image_does_not_start_without_a_token() -> None:
    host = environment()["DRAWING_CHAT_HOST"]
    with pytest.raises(Exception, match="token"):
        check_bind(Settings(host=host, data_folder=ROOT / "no-such-folder"))
    assert "DRAWING_CHAT_TOKEN" not in environment()
    (service,) = compose()["services"].values()
    assert service["environment"]["DRAWING_CHAT_TOKEN"].startswith("${DRAWING_CHAT_TOKEN:?")


def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(text_of("compose.yaml"))
    return told


def test_compose_builds_this_image_with_one_gpu() -> None:
    told = compose()
    (service,) = told["services"].values()
    # Without `dockerfile`, compose takes the one in the build context, as `docker build .` does.
    assert service["build"].keys() == {"context"}
    assert (DEPLOY / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / "Dockerfile").is_file()
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])
    assert {volume.split(":")[0] for volume in service["volumes"]} == told["volumes"].keys()
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace > Settings.model_fields["shutdown_grace_s"].default


def test_the_unit_leaves_nothing_behind_and_does_not_repeat_a_wrong_setting() -> None:
    lines = unit()
    assert lines["KillMode"] == ["control-group"]
    assert int(lines["TimeoutStopSec"][0]) > Settings.model_fields["shutdown_grace_s"].default
    assert lines["NoNewPrivileges"] == ["yes"] and lines["ProtectSystem"] == ["strict"]
    (kept,) = lines["RestartPreventExitStatus"]
    assert int(kept) not in EXIT_STATUS.values()
    folder = f"/var/lib/{lines['StateDirectory'][0]}/"
    assert f"DRAWING_CHAT_DATA_FOLDER={folder}data" in lines["Environment"]


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    # The program is not installed where the unit has it; any other one tells as much.
    text = text_of("drawing-chat.service").replace(
        "/opt/drawing-chat/.venv/bin/drawing-chat", "/bin/true"
    )
    file = tmp_path / "drawing-chat.service"
    file.write_text(text, encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True, timeout=60
    )
    assert str(file) not in ended.stderr and "Unknown" not in ended.stderr, ended.stderr


def test_the_vessl_file_serves_the_port_that_it_opens() -> None:
    told = yaml.safe_load(text_of("vessl.yaml"))
    (port,), (step,) = told["ports"], told["run"]
    assert f"--port {port['port']}" in step["command"] and port["type"] == "http"
    assert step["workdir"] == of("WORKDIR")[-1]
    assert told["env"]["DRAWING_CHAT_TOKEN"]["secret"] is True
