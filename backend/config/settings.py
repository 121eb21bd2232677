"""All settings, read once from the environment, `.env` and defaults, then passed down.

No other module reads a setting from `os.environ`. A setting's name is `DRAWING_CHAT_` and the
field's name in upper case; the model can also be set as `MODEL_NAME`. Unknown names with this
prefix are an error, so that a typo is never silently ignored.
"""

from __future__ import annotations

import difflib
import io
import ipaddress
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from backend.config.demo_marker import demo_settings
from backend.config.wording import one_line, refusal, table
from backend.errors import SettingsError

PREFIX = "DRAWING_CHAT_"
#: The model's name without the prefix, for older instructions.
MODEL_NAME = "MODEL_NAME"
PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
ENV_FILE = PROJECT_ROOT / ".env"
DEMO_CHECKPOINT = PROJECT_ROOT / "demo" / "model"
GPU_MODEL = "Qwen/Qwen3-VL-30B-A3B-Instruct"

MIB = 1024 * 1024
DEVICES = Path("/dev")

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver provides a device; in WSL2 that is /dev/dxg.

    A container with access to only the second GPU has /dev/nvidia1 but no /dev/nvidia0.
    """
    return any(DEVICES.glob("nvidia[0-9]*")) or (
        (DEVICES / "dxg").exists() and Path("/usr/lib/wsl/lib/libcuda.so.1").exists()
    )


def default_model() -> str:
    """The 30B with a GPU, the demo checkpoint without one."""
    return GPU_MODEL if has_nvidia_gpu() else str(DEMO_CHECKPOINT)


class Settings(BaseSettings):
    """All settings of server and engine; the documentation's table is generated from this class."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8-sig",  # editors on Windows write a byte order mark
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        protected_namespaces=(),
        populate_by_name=True,
        allow_inf_nan=False,
    )

    # Server
    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; a token is required unless it is loopback",
        json_schema_extra={"allowed": "an IP address or a host name, without a port"},
    )
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    data_folder: Path = Field(
        PROJECT_ROOT / "data", description="Folder for drawings, conversations and caches"
    )
    token: SecretStr | None = Field(
        None,
        min_length=16,
        json_schema_extra={"allowed": "text of at least 16 characters"},
        description="Access token; required unless the server listens on loopback only",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Host names, besides localhost, under which clients may reach the server",
        json_schema_extra={"allowed": "host names, separated by commas or as a JSON list"},
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted",
        json_schema_extra={
            "allowed": "IP addresses or networks, separated by commas or as a JSON list"
        },
    )
    shutdown_grace_s: float = Field(
        10, ge=0, le=600, description="Seconds for running answers to finish after SIGTERM"
    )
    max_queued_turns: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Queued questions; one owner may have half of them, further ones get `busy`",
    )
    max_requests_per_owner: int = Field(
        256, ge=1, le=100_000, description="Concurrent HTTP requests per owner"
    )
    max_uploads_per_owner: int = Field(
        8, ge=1, le=10_000, description="Concurrent uploads per owner"
    )
    max_sockets_per_owner: int = Field(
        512,
        ge=1,
        le=100_000,
        description="Concurrent WebSockets per owner; each browser tab has one",
    )

    log_format: Literal["plain", "json"] = Field(
        "plain", description="Format of the log on standard error"
    )
    exit_on_engine_loss: bool = Field(
        True,
        description="Exit with status 3 when the engine cannot be restarted, so that a process "
        "supervisor restarts the server; otherwise the page keeps running and shows the error",
    )

    max_answer_tokens: int = Field(
        2048, ge=1, le=65_536, description="Tokens per answer, unless the question sets a limit"
    )

    # Uploads
    max_upload_bytes: int = Field(256 * MIB, ge=1024, description="Bytes per upload")
    max_image_pixels: int = Field(
        1_200_000_000,
        ge=1024,
        description="Pixels per raster page, checked in its header before decoding (A0 at 600 dpi "
        "has 558 million)",
    )
    max_pages: int = Field(2000, ge=1, le=100_000, description="Pages per drawing")
    max_entities: int = Field(
        400_000,
        ge=1000,
        description="Entities of a CAD or SVG file with blocks expanded; characters of a DXF",
    )
    min_image_side: int = Field(
        32, ge=32, description="Minimum pixels per side of a page; the model needs 32"
    )
    max_aspect_ratio: float = Field(
        200, gt=1, le=200, description="Maximum aspect ratio of a page; the model accepts 200"
    )
    decode_seconds: float = Field(60, gt=0, description="Time limit of a decoding job in seconds")
    decode_memory_bytes: int = Field(
        2048 * MIB, ge=256 * MIB, description="Memory limit of a decoding process in bytes"
    )
    render_cache_bytes: int = Field(
        1024 * MIB, ge=0, description="Disk space for rendered tiles and crops in bytes"
    )
    ocr: bool = Field(True, description="Recognise the text of scans in the background")
    oda_file_converter: Path | None = Field(
        None,
        description="Path of the ODA File Converter, which reads DWG; default: "
        "`ODAFileConverter` in PATH",
        json_schema_extra={"allowed": "an executable file"},
    )

    # Model and engine (names as in vLLM's AsyncEngineArgs)
    model: str = Field(
        default_factory=default_model,
        min_length=1,
        validation_alias=AliasChoices(PREFIX + "MODEL", MODEL_NAME),
        description="A name such as `qwen3-vl:30b`, a repository on the Hugging Face hub, or a "
        "local folder; can also be set as `MODEL_NAME`",
        json_schema_extra={"allowed": "a model's name, `owner/name` or a folder"},
    )
    remote_urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Running model servers with OpenAI's API, used in turn; no engine is started "
        "then, and `DRAWING_CHAT_MODEL` is the name of the served model",
        json_schema_extra={
            "allowed": "URLs such as `http://127.0.0.1:8001/v1`, separated by commas or as a JSON "
            "list"
        },
    )
    remote_api_key: SecretStr | None = Field(
        None, description="API key of the model servers", json_schema_extra={"allowed": "text"}
    )
    plan: Literal["auto", "off"] = Field(
        "auto",
        description="`auto` derives engine settings that are not set from the GPUs' memory, and "
        "rejects a model that cannot fit; `off` disables both",
    )
    revision: str | None = Field(None, description="Branch, tag or commit of the repository")
    quantization: str | None = Field(
        None, description="Quantisation method; default: the checkpoint's"
    )
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="Data type of the weights"
    )
    tensor_parallel_size: int = Field(1, ge=1, le=64, description="GPUs that share each layer")
    pipeline_parallel_size: int = Field(
        1, ge=1, le=64, description="Groups of GPUs that share the layers"
    )
    gpu_memory_utilization: float = Field(
        0.9, gt=0, le=1, description="Share of the GPU memory for the engine"
    )
    max_model_len: int = Field(
        32768, ge=1024, description="Context window: tokens of prompt and answer"
    )
    max_num_seqs: int = Field(64, ge=1, description="Requests processed at once")
    max_num_batched_tokens: int = Field(8192, ge=256, description="Tokens per engine step")
    kv_cache_dtype: Literal["auto", "bfloat16", "fp8", "fp8_e4m3", "fp8_e5m2"] = Field(
        "auto", description="Data type of the KV cache; fp8 halves its size"
    )
    enforce_eager: bool = Field(
        False, description="Disable compilation and CUDA graphs: faster start, slower answers"
    )
    cpu_offload_gb: float = Field(0, ge=0, description="GiB of weights to keep in main memory")
    cpu_kvcache_gb: int = Field(1, ge=1, description="GiB of KV cache without a GPU")
    image_min_pixels: int = Field(
        65_536,
        ge=1024,
        description="Minimum pixels per image for the model; smaller images are scaled up",
    )
    image_max_pixels: int = Field(
        4_194_304,
        ge=65_536,
        le=16_777_216,
        description="Maximum pixels per image for the model; one token is 32×32 pixels",
    )
    region_max_dpi: int = Field(
        1200,
        ge=30,
        description="Maximum resolution of region images for the model; the demo model reads "
        "lettering of one size only",
    )
    tools: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether the model may zoom, search and compute while it answers; `auto`: if "
        "it was trained to and the context window has at least 8,192 tokens",
    )
    sheet_answers: Literal["auto", "first", "off"] = Field(
        "auto",
        description="When code answers from the sheet's text and tables instead of the model; "
        "`auto`: while no model can read the drawing; `first`: also wherever it can answer "
        "completely; `off`: never",
    )
    images_per_prompt: int = Field(
        16,
        ge=1,
        le=256,
        description="Images per prompt: overviews and regions of the whole conversation",
    )
    download_dir: Path | None = Field(
        None, description="Folder for checkpoints; default: the Hugging Face cache"
    )
    trust_remote_code: bool = Field(
        False, description="Run code from the checkpoint; Qwen3-VL needs none"
    )
    engine_args: Annotated[dict[str, Any], NoDecode] = Field(
        default_factory=dict,
        description="Additional `AsyncEngineArgs`",
        json_schema_extra={"allowed": "a JSON object"},
    )
    idle_sleep_minutes: float = Field(
        0,
        ge=0,
        le=10_080,
        description="Idle minutes after which the engine releases the GPU memory until the next "
        "question; its weights move to main memory, which must have room for them. 0 disables "
        "this. Needs an NVIDIA GPU",
    )
    engine_restart_limit: int = Field(
        3,
        ge=0,
        le=100,
        description="Restarts of a dead engine within ten minutes; after that the state is "
        "`failed`",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            raise ValueError("it is blank; remove it to use the default")
        return value.strip()

    @field_validator("data_folder", "download_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Relative to the project, so that the path does not depend on the current folder.
        if value is None:
            return None
        return Path(os.path.abspath(PROJECT_ROOT / value.expanduser()))

    @field_validator("oda_file_converter", mode="after")
    @classmethod
    def _runs(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value.expanduser(), os.X_OK):
            raise ValueError("there is no executable file at this path")
        return None if value is None else value.expanduser().absolute()

    @field_validator("host", mode="after")
    @classmethod
    def _plain_host(cls, value: str) -> str:
        host = value.removeprefix("[").removesuffix("]")
        if not _is_address(host) and not _HOST.fullmatch(host):
            raise ValueError
        return host

    @field_validator("allowed_hosts", "trusted_proxies", "remote_urls", mode="before")
    @classmethod
    def _read_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return _read_json(value)
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("allowed_hosts", mode="after")
    @classmethod
    def _plain_hosts(cls, value: list[str]) -> list[str]:
        for host in value:
            if not _is_address(host.strip("[]")) and not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not a host name")
        return value

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for entry in value:
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError:
                raise ValueError(f"{entry!r} is neither an IP address nor a network") from None
        return value

    @field_validator("remote_urls", mode="after")
    @classmethod
    def _base_urls(cls, value: list[str]) -> list[str]:
        return [_base_url(entry) for entry in value]

    @field_validator("engine_args", mode="before")
    @classmethod
    def _read_object(cls, value: object) -> object:
        return _read_json(value) if isinstance(value, str) else value

    @field_validator("engine_args", mode="after")
    @classmethod
    def _no_duplicates(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if name in cls.model_fields:
                raise ValueError(f"use the setting {environment_name(name)} for {name}")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """By descending priority: command line, environment, `.env`."""
        return (init_settings, env_settings, dotenv_settings)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. Raises `SettingsError` with one line: name, value, allowed values.

    `overrides` (from the command line) override the environment, which overrides `.env`. Empty
    values count as not set.
    """
    in_file = _read_env_file(ENV_FILE)
    for key in sorted(os.environ):
        if key.upper().startswith(PREFIX):
            _refuse_unknown(key)
    given = {key.upper(): value for key, value in {**in_file, **os.environ}.items()}
    given |= {environment_name(name): str(value) for name, value in overrides.items()}
    env_file = ENV_FILE if in_file else None
    try:
        settings = Settings(_env_file=env_file, **overrides)
        # The demo model needs images of the size that it was trained on.
        folder = Path(settings.model).expanduser()
        trained: dict[str, Any] = {} if settings.remote_urls else demo_settings(folder)
        unset = Settings.model_fields.keys() & trained.keys() - settings.model_fields_set
        if unset:
            added = {name: trained[name] for name in unset} | overrides
            settings = Settings(_env_file=env_file, **added)
    except ValidationError as error:
        raise SettingsError(_refusal(error, given)) from None
    return settings


def environment_name(field_name: str) -> str:
    """The environment variable of a field of `Settings`."""
    return PREFIX + field_name.upper()


def settings_table() -> str:
    """The documentation's table of all settings."""
    defaults = {
        "data_folder": "`data` in the project folder",
        "model": f"with an NVIDIA GPU `{GPU_MODEL}` in the precision that fits; otherwise the "
        "demo checkpoint",
    }
    return table(Settings, PREFIX, defaults)


def _read_env_file(path: Path) -> dict[str, str]:
    """The names and values in `.env`, which must contain only settings of this program."""
    if not path.exists():
        return {}
    try:
        values = dotenv_values(stream=io.StringIO(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"{path.name}: the file cannot be read ({reason}).") from None
    for key, value in values.items():
        if key.upper() != MODEL_NAME:
            _refuse_unknown(key, f"{path.name}: ")
        if value is None:
            raise SettingsError(f"{path.name}: {one_line(key)}: write it as NAME=value.")
    return {key: value for key, value in values.items() if value is not None}


def _refuse_unknown(key: str, place: str = "") -> None:
    known = {environment_name(name) for name in Settings.model_fields}
    if key.upper() not in known:
        nearest = difflib.get_close_matches(key.upper(), known, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise SettingsError(
            f"{place}{one_line(key)}: unknown setting.{hint} `drawing-chat settings` lists all."
        )


def _refusal(error: ValidationError, given: dict[str, str]) -> str:
    """The first problem in one line; `given`: the values as the user wrote them."""
    problem = error.errors(include_url=False)[0]
    where = str(problem["loc"][0])
    name = "model" if where == MODEL_NAME else where.lower().removeprefix(PREFIX.lower())
    key = environment_name(name)
    if name == "model" and key not in given:
        key = MODEL_NAME
    reason = ""
    if problem["type"] == "value_error":
        reason = str(problem["ctx"]["error"])
    return refusal(key, given.get(key, problem["input"]), Settings.model_fields[name], reason)


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"invalid JSON: {error}") from None


def _base_url(text: str) -> str:
    """The base URL of an OpenAI API; its path defaults to `/v1`.

    Raises `ValueError` for anything but a plain HTTP URL: a key in it would appear in logs.
    """
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (validated on access)
    except ValueError:
        raise ValueError("one is not a URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("one does not start with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("the key belongs in DRAWING_CHAT_REMOTE_API_KEY")
    if parts.query or parts.fragment:
        raise ValueError("one has a query or a fragment")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


if __name__ == "__main__":
    print(settings_table(), end="")
