"""Settings from the environment and `.env`, read once and checked; nothing secret is kept here."""

import re
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.domain.model import Place
from core.domain.workspace import Workspace
from core.errors import SettingsError
from core.inference import PACKAGED

ROOT = Path(__file__).resolve().parent.parent


class NamedEndpoint(BaseSettings):
    """A server named in CLAUDEPROMPTER_ENDPOINTS: its models appear as `<name>/<model>`."""

    name: str
    base_url: str
    key_env: str = ""
    place: Place | None = None


class Settings(BaseSettings):
    """What the environment says. Field names in capitals are the variables' names."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", frozen=True, populate_by_name=True)

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    data_dir: Path = Field(default=ROOT / "data", validation_alias="CLAUDEPROMPTER_DATA")
    forced_workspace: Workspace | None = Field(default=None, validation_alias="CLAUDEPROMPTER_WORKSPACE")
    admins: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validation_alias="CLAUDEPROMPTER_ADMINS")
    endpoints: Annotated[tuple[NamedEndpoint, ...], NoDecode] = Field(
        default=(), validation_alias="CLAUDEPROMPTER_ENDPOINTS"
    )
    ollama_host: str = Field(default="http://127.0.0.1:11434", validation_alias="OLLAMA_HOST")
    simulated_speed: float = Field(default=1.0, gt=0, validation_alias="CLAUDEPROMPTER_SIMULATED_SPEED")
    embedding_model: str = Field(default=PACKAGED, min_length=1, validation_alias="CLAUDEPROMPTER_EMBEDDING_MODEL")
    events: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), validation_alias="CLAUDEPROMPTER_EVENTS", repr=False
    )
    log_format: Literal["text", "json"] = Field(default="text", validation_alias="CLAUDEPROMPTER_LOG")
    read_meaning: bool = Field(default=True, validation_alias="CLAUDEPROMPTER_READ_MEANING")
    consent_above: float = Field(default=0.25, ge=0, validation_alias="CLAUDEPROMPTER_ASK_ABOVE_USD")

    @field_validator("admins", mode="before")
    @classmethod
    def _split_admins(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("events", mode="before")
    @classmethod
    def _split_events(cls, value: object) -> object:
        # A comma may stand within a URL (between Kafka's brokers); one before the next scheme parts two of them.
        if not isinstance(value, str):
            return value
        return tuple(
            part.strip()
            for part in re.split(r",(?=\s*(?:jsonl|log|webhook|kafka|influx)[a-z+]*:)", value)
            if part.strip()
        )

    @field_validator("endpoints", mode="before")
    @classmethod
    def _parse_endpoints(cls, value: object) -> object:
        return parse_endpoints(value) if isinstance(value, str) else value

    @field_validator("ollama_host")
    @classmethod
    def _with_scheme(cls, value: str) -> str:
        host = value.strip().rstrip("/")
        host = host if "://" in host else f"http://{host}"
        return host.replace("://0.0.0.0", "://127.0.0.1")

    @cached_property
    def team_url(self) -> str:
        """Give the team workspace's database URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'team.db'}"

    @cached_property
    def demo_url(self) -> str:
        """Give the demo workspace's database URL: always a file of its own."""
        return f"sqlite:///{self.data_dir / 'demo.db'}"

    def url_of(self, workspace: Workspace) -> str:
        """Give the database URL of a workspace."""
        return self.demo_url if workspace is Workspace.DEMO else self.team_url

    @cached_property
    def models_path(self) -> Path:
        """Give the folder in which fetched models are kept."""
        return self.data_dir / "models"

    @cached_property
    def credentials_path(self) -> Path:
        """Give the file in which pasted keys are kept."""
        return self.data_dir / "credentials.toml"


def app_version() -> str:
    """Give this app's version, "from source" where it runs without being installed."""
    try:
        return version("claudeprompter")
    except PackageNotFoundError:
        return "from source"


def parse_endpoints(text: str) -> tuple[NamedEndpoint, ...]:
    """Read `name=url[;key=ENV][;place=local|private|cloud]`, comma-separated. Raises ValueError naming the bad part."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        head, *options = (piece.strip() for piece in part.split(";"))
        name, separator, url = head.partition("=")
        if not separator or not name.strip() or "://" not in url:
            raise ValueError(f"{part!r} is not of the form name=http://host:port/v1")
        known = dict(option.split("=", 1) for option in options if "=" in option)
        unknown = set(known) - {"key", "place"}
        if unknown or len(known) != len(options):
            raise ValueError(f"{part!r} has an option other than key= and place=")
        found.append(
            NamedEndpoint(
                name=name.strip(),
                base_url=url.strip().rstrip("/"),
                key_env=known.get("key", ""),
                place=Place(known["place"]) if "place" in known else None,
            )
        )
    return tuple(found)


def read_settings() -> Settings:
    """Read the environment and `.env`. Raises SettingsError naming what is wrong and where."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(
            f"The settings cannot be used: {faults}.",
            next_step="Correct the environment variable or the line in .env and start again.",
        ) from error
