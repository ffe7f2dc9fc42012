"""Where the language model is. Nothing is guessed: without a URL there is no model, and there is no second choice."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from tools.core.errors import SetupError

FILE = "llm.toml"
KEY_VARIABLE = "POLYSMITH_LLM_KEY"
_PREFIX = "POLYSMITH_LLM_"
_FROM_ENVIRONMENT = ("url", "model", "key_variable", "timeout", "max_tokens", "price_in", "price_out")
_OWN = frozenset({"model", "messages", "tools", "tool_choice", "response_format", "stream", "max_tokens"})


class Endpoint(BaseModel):
    """An OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp or a hosted one.

    Attributes
    ----------
    url : str
        Base URL, such as ``http://127.0.0.1:8000/v1``.
    model : str
        Name of the model or LoRA adapter; the only one that is served if empty.
    key_variable : str
        Name of the environment variable that holds the key. The key itself is never stored.
    timeout : float
        Seconds for one try.
    retries : int
        Further tries after a fault that may pass.
    max_tokens : int
        Tokens written per reply at most.
    temperature : float
        0 for the most likely text.
    seed : int
        Seed that is sent along.
    price_in, price_out : float
        Price of a million tokens read and written, in the currency of the budget.
    extra : dict
        Further fields of the request, such as ``{"chat_template_kwargs": {"enable_thinking": false}}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    model: str = ""
    key_variable: str = Field(default=KEY_VARIABLE, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    timeout: float = Field(default=120.0, gt=0, le=3600)
    retries: int = Field(default=3, ge=0, le=10)
    max_tokens: int = Field(default=1024, ge=1, le=200_000)
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = Field(default=0, ge=0)
    price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _plain_url(cls, text: str) -> str:
        parts = urlsplit(text.strip())
        if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.:-]+", parts.hostname or ""):
            raise ValueError("the URL must begin with http:// or https:// and name a host")
        _ = parts.port  # a ValueError if it is none
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the URL may hold no user, password or query; keys come from the environment")
        path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
        return f"{parts.scheme}://{parts.netloc}{path}"

    @field_validator("extra")
    @classmethod
    def _no_own_fields(cls, fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if clash := sorted(_OWN & set(fields)):
            raise ValueError(f"{', '.join(clash)} cannot be set here")
        json.dumps(fields, allow_nan=False)  # a ValueError if JSON cannot write them
        return fields

    @property
    def local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return urlsplit(self.url).hostname in {"127.0.0.1", "::1", "localhost"}

    def key(self) -> str:
        """Read the key from the environment, each time anew.

        Returns
        -------
        str
            The key; empty if the variable is not set.

        Raises
        ------
        SetupError
            If a variable other than the usual one was named and is not set, or holds what no header can.
        """
        key = os.environ.get(self.key_variable, "").strip()
        if not key and self.key_variable != KEY_VARIABLE:
            raise SetupError(f"The variable {self.key_variable} holds no key.", hint=f"export {self.key_variable}=...")
        if not (key.isascii() and key.isprintable()):
            raise SetupError(f"The key in {self.key_variable} holds characters that no header can.")
        return key

    @classmethod
    def load(cls, home: Path, **chosen: object) -> Self | None:
        """Read the endpoint: arguments first, then the environment, then ``llm.toml`` in the state folder.

        Parameters
        ----------
        home : Path
            State folder.
        **chosen : object
            Fields by name; None leaves the choice to the environment and the file.

        Returns
        -------
        Endpoint or None
            None if no URL is set anywhere.

        Raises
        ------
        SetupError
            If the file cannot be read, or a field is wrong; never quotes a value.
        """
        fields: dict[str, Any] = {
            **_from_file(home / FILE),
            **_from_environment(os.environ),
            **{name: value for name, value in chosen.items() if value is not None},
        }
        if not fields.get("url"):
            return None
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SetupError(
                f"The setting {where!r} of the language model is wrong: {first['msg']}.",
                hint=f"See {_PREFIX}URL and the like in the environment, and {home / FILE}; keys go in {KEY_VARIABLE}.",
            ) from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {name: environment.get(_PREFIX + name.upper(), "") for name in _FROM_ENVIRONMENT}
    return {name: text for name, text in found.items() if text}


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise SetupError(f"{path} cannot be read as TOML.", hint='It holds lines such as url = "http://...".') from None
