"""What a served model can do, as found by asking it; fallbacks follow this, never the name of a vendor."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.llm.endpoint import Endpoint
from tools.core.errors import StateError
from tools.core.files import replace_file


class Profile(BaseModel):
    """What a model can do. Before it was asked, the best is assumed, and a refusal is answered by asking in words.

    Attributes
    ----------
    model : str
        Name of the model.
    tools : bool
        Whether the server takes tools and gives calls.
    json_schema : bool
        Whether replies keep to a JSON schema that is sent along.
    streaming : bool
        Whether replies can come in pieces.
    context : int or None
        Tokens that fit, read and written together; None if the server does not say.
    probed : str
        Date and time of asking; empty if never asked.
    """

    model_config = ConfigDict(frozen=True)

    model: str = ""
    tools: bool = True
    json_schema: bool = True
    streaming: bool = True
    context: int | None = Field(default=None, ge=1)
    probed: str = ""


def profile_path(home: Path, endpoint: Endpoint) -> Path:
    """Return where the profile of an endpoint's model is kept.

    Parameters
    ----------
    home : Path
        State folder.
    endpoint : Endpoint
        The endpoint.

    Returns
    -------
    Path
        A file that may not exist.
    """
    name = hashlib.sha256(f"{endpoint.url}\n{endpoint.model}".encode()).hexdigest()[:16]
    return home / "llm" / "profiles" / f"{name}.json"


def load_profile(home: Path, endpoint: Endpoint) -> Profile:
    """Read the profile of an endpoint's model.

    Parameters
    ----------
    home : Path
        State folder.
    endpoint : Endpoint
        The endpoint.

    Returns
    -------
    Profile
        What was found by asking; the best case if it was never asked or the file is broken.
    """
    try:
        return Profile.model_validate_json(profile_path(home, endpoint).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return Profile(model=endpoint.model)


def save_profile(home: Path, endpoint: Endpoint, profile: Profile) -> Path:
    """Keep a profile.

    Parameters
    ----------
    home : Path
        State folder.
    endpoint : Endpoint
        The endpoint.
    profile : Profile
        What was found.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StateError
        If the state folder cannot be written to.
    """
    path = profile_path(home, endpoint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(profile.model_dump(), indent=1).encode())
    except OSError as error:
        raise StateError(f"The profile cannot be written to {path}: {error.strerror}.") from error
    return path
