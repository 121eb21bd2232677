"""Settings, built once from the environment, `.env` and defaults, then passed down.

No other module reads `os.environ` for a setting. A name is `DRAWING_CHAT_` plus the field's
name in upper case; `MODEL_NAME` alone is accepted for the model. Unknown prefixed names stop
the start, so that a typing error is never silently ignored.
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

from backend.config.demo_marker import proposed_settings
from backend.config.wording import one_line, refusal, table
from backend.errors import SettingsError

PREFIX = "DRAWING_CHAT_"
#: The model's name without the prefix, as older instructions have it.
MODEL_NAME = "MODEL_NAME"
PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
ENV_FILE = PROJECT_ROOT / ".env"
DEMO_CHECKPOINT = PROJECT_ROOT / "demo" / "model"
GPU_MODEL = "Qwen/Qwen3-VL-30B-A3B-Instruct"

MIB = 1024 * 1024
DEVICES = Path("/dev")

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def has_nvidia_gpu() -> bool:
    """True where the NVIDIA driver shows a device (WSL2 shows it as /dev/dxg).

    A container that was given the second GPU has only /dev/nvidia1.
    """
    return any(DEVICES.glob("nvidia[0-9]*")) or (
        (DEVICES / "dxg").exists() and Path("/usr/lib/wsl/lib/libcuda.so.1").exists()
    )


def default_model() -> str:
    """The 30B on a GPU; the project's own demo checkpoint without one."""
    return GPU_MODEL if has_nvidia_gpu() else str(DEMO_CHECKPOINT)


class Settings(BaseSettings):
    """Every setting of server and engine. The README's table is generated from this class."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8-sig",  # editors on Windows write a mark in front
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
        description="Address to listen on; other than loopback only with a token",
        json_schema_extra={"allowed": "an address or a host name, without a port"},
    )
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    data_folder: Path = Field(
        PROJECT_ROOT / "data", description="Drawings, conversations and caches"
    )
    token: SecretStr | None = Field(
        None,
        min_length=16,
        json_schema_extra={"allowed": "text of 16 characters or more"},
        description="Access token; needed for any address that is not loopback",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Names besides localhost under which the server may be called",
        json_schema_extra={"allowed": "host names with commas between, or a JSON list of them"},
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed",
        json_schema_extra={"allowed": "addresses or networks with commas between, or a JSON list"},
    )
    shutdown_grace_s: float = Field(
        10, ge=0, le=600, description="Seconds that running answers get to finish after SIGTERM"
    )
    max_queued_turns: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Questions that may wait, of one owner half of them; more are answered `busy`",
    )
    max_requests_per_owner: int = Field(
        256, ge=1, le=100_000, description="HTTP calls of one owner at once"
    )
    max_uploads_per_owner: int = Field(
        8, ge=1, le=10_000, description="Uploads of one owner at once"
    )
    max_sockets_per_owner: int = Field(
        512, ge=1, le=100_000, description="WebSockets of one owner at once; each tab has one"
    )

    log_format: Literal["plain", "json"] = Field(
        "plain", description="Lines of the log on standard error: for people, or JSON"
    )
    exit_on_engine_loss: bool = Field(
        True,
        description="End with status 3 when the engine cannot be brought back, so that a "
        "supervisor starts anew; else the page stays and says so",
    )

    max_answer_tokens: int = Field(
        2048, ge=1, le=65_536, description="Tokens of one answer, where the question names no limit"
    )

    # Uploads
    max_upload_bytes: int = Field(256 * MIB, ge=1024, description="Bytes of one upload")
    max_image_pixels: int = Field(
        1_200_000_000,
        ge=1024,
        description="Pixels of one raster page, judged from its header before it is decoded "
        "(A0 at 600 dpi has 558 million)",
    )
    max_pages: int = Field(2000, ge=1, le=100_000, description="Pages of one drawing")
    max_entities: int = Field(
        400_000,
        ge=1000,
        description="Entities of a CAD or SVG file, blocks unfolded, and a DXF's letters",
    )
    min_image_side: int = Field(
        32, ge=32, description="Pixels that each side of a page has at least; the model needs 32"
    )
    max_aspect_ratio: float = Field(
        200, gt=1, le=200, description="Long side of a page over its short one; the model takes 200"
    )
    decode_seconds: float = Field(60, gt=0, description="Seconds that one decoding job may take")
    decode_memory_bytes: int = Field(
        2048 * MIB, ge=256 * MIB, description="Memory that one decoding process may take"
    )
    render_cache_bytes: int = Field(
        1024 * MIB, ge=0, description="Disk for rendered tiles and crops"
    )
    ocr: bool = Field(True, description="Recognise the text of scans, in the background")
    oda_file_converter: Path | None = Field(
        None,
        description="The ODA File Converter, which reads DWG; empty: `ODAFileConverter` in PATH",
        json_schema_extra={"allowed": "a program's file"},
    )

    # Model and engine (names as in vLLM's AsyncEngineArgs)
    model: str = Field(
        default_factory=default_model,
        min_length=1,
        validation_alias=AliasChoices(PREFIX + "MODEL", MODEL_NAME),
        description="A name such as `qwen3-vl:30b`, a repository on the Hugging Face hub, or a "
        "local folder; `MODEL_NAME` is accepted too",
        json_schema_extra={"allowed": "a model's name, `owner/name` or a folder"},
    )
    remote_urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Model servers that already run and speak OpenAI's API, taken in turn; no "
        "engine is started here then, and `DRAWING_CHAT_MODEL` is the name that they serve",
        json_schema_extra={
            "allowed": "addresses such as `http://127.0.0.1:8001/v1` with commas between, or a "
            "JSON list of them"
        },
    )
    remote_api_key: SecretStr | None = Field(
        None, description="Key of those servers", json_schema_extra={"allowed": "text"}
    )
    plan: Literal["auto", "off"] = Field(
        "auto",
        description="`auto` chooses the settings of the engine that are not given from the memory "
        "of the GPUs, and refuses what cannot fit; `off` does neither",
    )
    revision: str | None = Field(None, description="Revision of the repository")
    quantization: str | None = Field(
        None, description="Quantisation method; empty: what the checkpoint says"
    )
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="Type of the weights"
    )
    tensor_parallel_size: int = Field(1, ge=1, le=64, description="GPUs that share each layer")
    pipeline_parallel_size: int = Field(
        1, ge=1, le=64, description="Groups of GPUs that share the layers"
    )
    gpu_memory_utilization: float = Field(
        0.9, gt=0, le=1, description="Share of the GPU's memory that the engine takes"
    )
    max_model_len: int = Field(32768, ge=1024, description="Tokens of prompt and answer together")
    max_num_seqs: int = Field(64, ge=1, description="Requests that run at once")
    max_num_batched_tokens: int = Field(8192, ge=256, description="Tokens of one engine step")
    kv_cache_dtype: Literal["auto", "bfloat16", "fp8", "fp8_e4m3", "fp8_e5m2"] = Field(
        "auto", description="Type of the KV cache; fp8 halves it"
    )
    enforce_eager: bool = Field(
        False, description="No compilation and no CUDA graphs: quicker start, slower answers"
    )
    cpu_offload_gb: float = Field(0, ge=0, description="GiB of weights kept in main memory")
    cpu_kvcache_gb: int = Field(1, ge=1, description="GiB of KV cache on a machine without a GPU")
    image_min_pixels: int = Field(
        65_536, ge=1024, description="Smaller pictures are scaled up to this for the model"
    )
    image_max_pixels: int = Field(
        4_194_304,
        ge=65_536,
        le=16_777_216,
        description="Pixel budget of one picture for the model; one token is 32×32 pixels",
    )
    region_max_dpi: int = Field(
        1200,
        ge=30,
        description="Resolution of a region's picture for the model, at most: the demo model reads "
        "lettering of one size only",
    )
    tools: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether the model may zoom, search and compute while it answers; `auto`: "
        "where it was trained to and the window has 8,192 tokens or more",
    )
    images_per_prompt: int = Field(
        16,
        ge=1,
        le=256,
        description="Pictures in one prompt: overviews and regions of the whole conversation",
    )
    download_dir: Path | None = Field(
        None, description="Where checkpoints are kept; empty: the Hugging Face cache"
    )
    trust_remote_code: bool = Field(
        False, description="Run code that comes with a checkpoint; Qwen3-VL does not need it"
    )
    engine_args: Annotated[dict[str, Any], NoDecode] = Field(
        default_factory=dict,
        description="Further `AsyncEngineArgs`",
        json_schema_extra={"allowed": "a JSON object"},
    )
    idle_sleep_minutes: float = Field(
        0,
        ge=0,
        le=10_080,
        description="Minutes without a question after which the engine gives the GPU's memory back "
        "until the next one; its weights wait in main memory, which has to have room for them. 0: "
        "never. Needs an NVIDIA GPU",
    )
    engine_restart_limit: int = Field(
        3,
        ge=0,
        le=100,
        description="Times in ten minutes that a dead engine is built again before the state is "
        "`failed`",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            raise ValueError("it is blank; leave it out for the default")
        return value.strip()

    @field_validator("data_folder", "download_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # From the project's folder, so that the place does not depend on where one stands.
        if value is None:
            return None
        return Path(os.path.abspath(PROJECT_ROOT / value.expanduser()))

    @field_validator("oda_file_converter", mode="after")
    @classmethod
    def _runs(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value.expanduser(), os.X_OK):
            raise ValueError("there is no program to run at this place")
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
                raise ValueError(f"{entry!r} is neither an address nor a network") from None
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
    def _no_second_way(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if name in cls.model_fields:
                raise ValueError(f"{name} has a setting of its own, {environment_name(name)}")
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
        """From the strongest: the command line, the environment, `.env`."""
        return (init_settings, env_settings, dotenv_settings)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. Raises `SettingsError` with one line: key, value, what is allowed.

    `overrides` (from the command line) win over the environment, and that over `.env`. An empty
    value counts as left out.
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
        # The demo model reads pictures of the size that it was trained with.
        folder = Path(settings.model).expanduser()
        proposed: dict[str, Any] = {} if settings.remote_urls else proposed_settings(folder)
        unset = Settings.model_fields.keys() & proposed.keys() - settings.model_fields_set
        if unset:
            fitting = {name: proposed[name] for name in unset} | overrides
            settings = Settings(_env_file=env_file, **fitting)
    except ValidationError as error:
        raise SettingsError(_refusal(error, given)) from None
    return settings


def environment_name(field_name: str) -> str:
    """The environment variable of a field of `Settings`."""
    return PREFIX + field_name.upper()


def settings_table() -> str:
    """The README's table of all settings."""
    defaults = {
        "data_folder": "`data` in the project's folder",
        "model": f"`{GPU_MODEL}` with an NVIDIA GPU, in the variant that fits; else the "
        "demo checkpoint",
    }
    return table(Settings, PREFIX, defaults)


def _read_env_file(path: Path) -> dict[str, str]:
    """The names and values of `.env`, which holds this program's settings and nothing else."""
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
            f"{place}{one_line(key)}: there is no such setting.{hint} README.md lists all."
        )


def _refusal(error: ValidationError, given: dict[str, str]) -> str:
    """The first problem in one line; `given` has the values as the person wrote them."""
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
        raise ValueError(f"not JSON: {error}") from None


def _base_url(text: str) -> str:
    """The address below which an OpenAI API is; without a path, `/v1` is meant.

    Raises `ValueError` for anything but a plain http address; a key in it would reach logs.
    """
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (it is read when asked for)
    except ValueError:
        raise ValueError("one is not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("one does not begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("the key belongs in DRAWING_CHAT_REMOTE_API_KEY")
    if parts.query or parts.fragment:
        raise ValueError("one goes on after its path")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


if __name__ == "__main__":
    print(settings_table(), end="")
