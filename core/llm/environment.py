"""The environment of a process that calls models: read once, then emptied of all that litellm would find by itself.

litellm sends OPENAI_API_KEY to whatever address an `openai/` model is given, reads `.env` files of its own accord and
takes addresses from variables. So keys are read into a copy first, and what is left behind holds none: a call can use
only the key and the address that were passed for it.
"""

import os
import re
from collections.abc import Mapping, MutableMapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.settings import ROOT

SECRET_NAMES = re.compile(
    r"(_API_KEYS?|_APIKEY|_API_TOKEN|_ACCESS_TOKEN|_AUTH_TOKEN|_BEARER_TOKEN|_AI_TOKEN|_SECRET|_SECRET_KEY|_API_SECRET"
    r"|_API_BASE|_BASE_URL|_API_URL|_ENDPOINT_URL|_CREDENTIALS|_ACCESS_KEY_ID|_SECRET_ACCESS_KEY|_SESSION_TOKEN)$"
    r"|^(AWS_.*|HF_TOKEN|FRIENDLI_TOKEN|COMETAPI_KEY|AIMLAPI_KEY|SUPABASE_KEY|WX_URL|WML_URL|WATSONX_.*|VERTEX.*)$"
    r"|_TOKEN$"
)
OURS = re.compile(r"^(CLAUDEPROMPTER_.*|DATABASE_URL|OLLAMA_HOST|STREAMLIT_.*)$")

QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # no fetch of the price map at import
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_MODE": "PRODUCTION",  # reads no .env
    "LITELLM_LOG": "ERROR",
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000000",  # an answer may say the same a hundred times
    "NETRC": os.devnull,  # no login of another tool is added to a request
}


@cache
def environment(env_file: Path = ROOT / ".env") -> Mapping[str, str]:
    """Give the variables this process was started with over those of `.env`, as they were at the first call."""
    from dotenv import dotenv_values  # noqa: PLC0415 - pages ask for this only when keys are looked at

    written = {name: value for name, value in dotenv_values(env_file).items() if value}
    return MappingProxyType({**written, **os.environ})


def prepare_environment(environ: MutableMapping[str, str] | None = None) -> None:
    """Empty the environment of keys and addresses, keep litellm from calling home, and keep loopback off any proxy.

    To be called before litellm is imported; what was there stays readable through `environment()`.
    """
    environment()
    variables = os.environ if environ is None else environ
    for name in tuple(variables):
        if is_secret(name):
            del variables[name]
    variables.update(QUIET)
    for name in ("NO_PROXY", "no_proxy"):
        spared = [part for part in variables.get(name, "").split(",") if part]
        variables[name] = ",".join(dict.fromkeys([*spared, "localhost", "127.0.0.1", "::1"]))


def is_secret(name: str) -> bool:
    """Tell whether a variable's name is that of a key or of an address that litellm could use unasked."""
    return bool(SECRET_NAMES.search(name)) and not OURS.match(name)
