"""Settings: their sources, and the error message for a wrong one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.config import settings as config
from backend.config.settings import GPU_MODEL, PROJECT_ROOT, Settings, load_settings
from backend.errors import SettingsError

TOKEN = "a-token-of-the-test-0123"


@pytest.fixture(autouse=True)
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `.env` of the test; it does not exist until something is written."""
    path = tmp_path / ".env"
    monkeypatch.setattr(config, "ENV_FILE", path)
    return path


def refused(**overrides: object) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(**overrides)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_defaults_fit_the_30b_on_one_80_gb_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "has_nvidia_gpu", lambda: True)
    settings = load_settings()
    assert settings.model == GPU_MODEL
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_folder == PROJECT_ROOT / "data"
    assert settings.trust_remote_code is False
    assert settings.token is None
    # Weights, then the KV cache of four full windows, within the share of 80 GB.
    kv_bytes = 4 * settings.max_model_len * 98_304
    assert 62.1e9 + kv_bytes < settings.gpu_memory_utilization * 85.9e9


def test_without_a_gpu_the_model_is_the_demo_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "has_nvidia_gpu", lambda: False)
    assert load_settings().model == str(PROJECT_ROOT / "demo" / "model")


@pytest.mark.parametrize(
    ("device", "there"),
    [("nvidia0", True), ("nvidia1", True), ("nvidiactl", False), ("nvidia-uvm", False)],
)
def test_a_gpu_with_any_number_is_detected(
    device: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "DEVICES", tmp_path)
    assert not config.has_nvidia_gpu()
    (tmp_path / device).touch()
    assert config.has_nvidia_gpu() is there


RIGHT = [
    ("DRAWING_CHAT_PORT", "9000", "port", 9000),
    ("drawing_chat_port", "9000", "port", 9000),
    ("Drawing_Chat_Port", " 9000 ", "port", 9000),
    ("DRAWING_CHAT_PORT", "", "port", 8000),
    ("DRAWING_CHAT_HOST", "localhost", "host", "localhost"),
    ("DRAWING_CHAT_HOST", "[::1]", "host", "::1"),
    ("DRAWING_CHAT_ENFORCE_EAGER", "yes", "enforce_eager", True),
    ("DRAWING_CHAT_ENFORCE_EAGER", "0", "enforce_eager", False),
    ("DRAWING_CHAT_ALLOWED_HOSTS", '["a.example","b"]', "allowed_hosts", ["a.example", "b"]),
    ("DRAWING_CHAT_ALLOWED_HOSTS", "a.be, 10.0.0.7,", "allowed_hosts", ["a.be", "10.0.0.7"]),
    ("DRAWING_CHAT_ENGINE_ARGS", '{"seed": 1}', "engine_args", {"seed": 1}),
    ("DRAWING_CHAT_DTYPE", "float32", "dtype", "float32"),
    ("DRAWING_CHAT_DATA_FOLDER", "elsewhere", "data_folder", PROJECT_ROOT / "elsewhere"),
    ("DRAWING_CHAT_DATA_FOLDER", "/srv/x", "data_folder", Path("/srv/x")),
    ("DRAWING_CHAT_DATA_FOLDER", "~/x", "data_folder", Path.home() / "x"),
    ("DRAWING_CHAT_MODEL", "Qwen/Other", "model", "Qwen/Other"),
    ("MODEL_NAME", "Qwen/Other", "model", "Qwen/Other"),
    ("model_name", "Qwen/Other", "model", "Qwen/Other"),
]  # fmt: skip


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(("key", "value", "field", "expected"), RIGHT)
def test_a_value_is_read_from_the_environment_and_from_the_file(
    key: str,
    value: str,
    field: str,
    expected: object,
    in_file: bool,
    env_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_file:
        env_file.write_text(f"# mine\nexport {key}='{value}'\n")
    else:
        monkeypatch.setenv(key, value)
    assert getattr(load_settings(), field) == expected


WRONG = [
    ("DRAWING_CHAT_PORT", "abc", "an integer from 1 to 65535"),
    ("DRAWING_CHAT_PORT", "0", "an integer from 1 to 65535"),
    ("DRAWING_CHAT_PORT", "65536", "an integer from 1 to 65535"),
    ("DRAWING_CHAT_PORT", "80.5", "an integer from 1 to 65535"),
    ("DRAWING_CHAT_PORT", "   ", "an integer from 1 to 65535"),
    ("DRAWING_CHAT_MAX_MODEL_LEN", "12", "an integer of at least 1024"),
    ("DRAWING_CHAT_GPU_MEMORY_UTILIZATION", "1.5", "a number greater than 0, at most 1"),
    ("DRAWING_CHAT_GPU_MEMORY_UTILIZATION", "nan", "a number greater than 0, at most 1"),
    ("DRAWING_CHAT_DECODE_SECONDS", "inf", "a number greater than 0"),
    ("DRAWING_CHAT_CPU_OFFLOAD_GB", "-1", "a number of at least 0"),
    ("DRAWING_CHAT_ENFORCE_EAGER", "maybe", "true or false"),
    ("DRAWING_CHAT_DTYPE", "fp16", "one of auto, bfloat16, float16, float32"),
    ("DRAWING_CHAT_ENGINE_ARGS", "{", "a JSON object"),
    ("DRAWING_CHAT_ENGINE_ARGS", "[1]", "a JSON object"),
    ("DRAWING_CHAT_ENGINE_ARGS", "seed=1", "a JSON object"),
    ("DRAWING_CHAT_ENGINE_ARGS", '{"max_model_len": 9}', "DRAWING_CHAT_MAX_MODEL_LEN"),
    ("DRAWING_CHAT_ALLOWED_HOSTS", '["a"', "a JSON list"),
    ("DRAWING_CHAT_ALLOWED_HOSTS", "[1]", "a JSON list"),
    ("DRAWING_CHAT_ALLOWED_HOSTS", "http://a.example", "host names"),
    ("DRAWING_CHAT_HOST", "localhost:9000", "without a port"),
    ("DRAWING_CHAT_TRUSTED_PROXIES", "10.0.0.1,proxy", "addresses or networks"),
    ("DRAWING_CHAT_REMOTE_URLS", "gpu:8001", "http://"),
    ("DRAWING_CHAT_REMOTE_URLS", "http://gpu:port", "not a URL"),
    ("DRAWING_CHAT_REMOTE_URLS", "http://a/v1,http://b/v1?key=x", "a query"),
    ("DRAWING_CHAT_HOST", "   ", "an IP address or a host name"),
    ("DRAWING_CHAT_DATA_FOLDER", " ", "a folder"),
    ("DRAWING_CHAT_REVISION", " ", "text"),
    ("DRAWING_CHAT_MODEL", " ", "owner/name"),
    ("drawing_chat_port", "abc", "an integer from 1 to 65535"),
    ("MODEL_NAME", " ", "owner/name"),
]  # fmt: skip


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(("key", "value", "allowed"), WRONG)
def test_a_wrong_value_is_reported_with_name_value_and_allowed_values(
    key: str,
    value: str,
    allowed: str,
    in_file: bool,
    env_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_file:
        env_file.write_text(f"{key}='{value}'\n")
    else:
        monkeypatch.setenv(key, value)
    line = refused()
    assert line.startswith(f"{key.upper()}={value}: must be ")
    assert allowed in line


def test_a_long_value_is_shown_on_one_short_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_ENGINE_ARGS", "{\n\x1b[31m" + "x" * 5000)
    line = refused()
    assert len(line) < 400 and line.isprintable()


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWING_CHAT_TOKEN", "short-secret")
    line = refused()
    assert line == "DRAWING_CHAT_TOKEN=(hidden): must be text of at least 16 characters."
    monkeypatch.setenv("DRAWING_CHAT_TOKEN", TOKEN)
    assert TOKEN not in repr(load_settings())


def test_credentials_in_a_url_are_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWING_CHAT_REMOTE_URLS", "http://a, http://user:key-of-b@b/v1")
    line = refused()
    assert "DRAWING_CHAT_REMOTE_API_KEY" in line and "key-of-b" not in line


def test_urls_of_model_servers_are_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWING_CHAT_REMOTE_URLS", "http://127.0.0.1:8001, https://a.example/api/")
    settings = load_settings()
    assert settings.remote_urls == ["http://127.0.0.1:8001/v1", "https://a.example/api"]
    # The demo model's own picture sizes are none of theirs.
    assert settings.image_max_pixels == Settings.model_fields["image_max_pixels"].default


@pytest.mark.parametrize("key", ["DRAWING_CHAT_PROT", "drawing_chat_prot"])
def test_an_unknown_name_stops_the_start_with_a_suggestion(
    key: str, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(f"{key}=1\n")
    assert refused().startswith(f".env: {key}: unknown setting. Did you mean DRAWING_CHAT_")
    env_file.unlink()
    monkeypatch.setenv(key, "1")
    assert refused().startswith(f"{key}: unknown setting. Did you mean DRAWING_CHAT_")


@pytest.mark.parametrize("key", ["DRAWINGCHAT_PORT", "PORT", "HF_TOKEN"])
def test_the_file_holds_our_settings_only(key: str, env_file: Path) -> None:
    env_file.write_text(f"{key}=1\n")
    assert refused().startswith(f".env: {key}: unknown setting.")


def test_other_names_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("MODEL", "x")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"DRAWING_CHAT_PORT\n", "write it as NAME=value"),
        (b"DRAWING_CHAT_PORT=\xff\xfe\n", "not UTF-8"),
    ],
)
def test_an_unreadable_file_is_reported(content: bytes, told: str, env_file: Path) -> None:
    env_file.write_bytes(content)
    assert told in refused()


def test_a_folder_in_place_of_the_file_is_reported(env_file: Path) -> None:
    env_file.mkdir()
    assert ".env: the file cannot be read" in refused()


def test_a_file_from_a_windows_editor_is_read(env_file: Path) -> None:
    env_file.write_bytes(b"\xef\xbb\xbfDRAWING_CHAT_PORT=9000\r\n")
    assert load_settings().port == 9000


@pytest.mark.parametrize("name", ["DRAWING_CHAT_MODEL", "MODEL_NAME"])
@pytest.mark.parametrize("in_file", ["DRAWING_CHAT_MODEL", "MODEL_NAME"])
def test_command_line_overrides_environment_overrides_file(
    name: str, in_file: str, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(f"{in_file}=from/file\nDRAWING_CHAT_PORT=1\n")
    assert load_settings().model == "from/file"
    monkeypatch.setenv(name, "from/environment")
    assert load_settings().model == "from/environment"
    settings = load_settings(model="from/line", port=3)
    assert (settings.model, settings.port) == ("from/line", 3)


def test_a_wrong_value_on_the_command_line_is_reported_alike() -> None:
    assert refused(port=0).startswith("DRAWING_CHAT_PORT=0: must be an integer from 1")


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"`DRAWING_CHAT_{name.upper()}`" in config.settings_table()


def test_the_demo_models_image_sizes_are_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = {
        "settings": {"image_min_pixels": 65536, "image_max_pixels": 200000, "port": "x", "y": 1}
    }
    (tmp_path / "demo.json").write_text(json.dumps(marker))
    assert load_settings(model=str(tmp_path)).image_max_pixels == 200_000
    assert load_settings(model=str(tmp_path), image_max_pixels=300_000).image_max_pixels == 300_000
    monkeypatch.setenv("DRAWING_CHAT_IMAGE_MAX_PIXELS", "400000")
    assert load_settings(model=str(tmp_path)).image_max_pixels == 400_000
    assert load_settings(model="owner/name").port == 8000


@pytest.mark.parametrize("text", ["", "[]", '{"settings": 3}', "{"])
def test_an_invalid_marker_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.json").write_text(text)
    assert load_settings(model=str(tmp_path)).image_max_pixels == 4_194_304
