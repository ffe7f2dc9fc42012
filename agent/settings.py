"""Settings of a run: what may differ between two runs of the same brief."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.llm.budget import Limits
from agent.llm.endpoint import Endpoint
from tools.core.errors import SetupError

HOME_VARIABLE = "POLYSMITH_HOME"


def home() -> Path:
    """Return the state folder: ``$POLYSMITH_HOME``, else ``~/.polysmith``.

    Returns
    -------
    Path
        Folder that holds runs and indexes; it may not exist yet.
    """
    return Path(os.environ.get(HOME_VARIABLE) or Path.home() / ".polysmith").expanduser()


class Settings(BaseModel):
    """What a run may use and how far it may go.

    Attributes
    ----------
    n_candidates : int
        Finalists in the report.
    seed : int
        Seed of everything random.
    rounds : int
        Rounds of generate and assess at most.
    pool : int
        Enumerated candidates screened per round.
    evaluations : int
        Evaluations of the evolutionary search per round.
    passages : int
        Passages read per sub-question.
    max_steps : int
        Graph steps at most.
    simulate : int
        0 for no simulation of finalists, 1 for fire tests where the brief asks for them, 2 for quantum chemistry of
        gaps as well, where it is installed.
    tool_calls : int
        Calls of tools that a language model may plan.
    tool_seconds : float
        Seconds that those calls may take together.
    max_seconds : float or None
        Seconds of the whole run after which it leaves out what it can and reports what it has (verdict "partial").
    ask_before : tuple of {"spec", "cost"}
        When to pause for an answer: after the brief was read, before steps that cost much. Never by default.
    llm : Endpoint or None
        The language model; None for none. A key is no part of it.
    llm_limits : Limits
        What the run may ask of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_candidates: int = Field(default=5, ge=1, le=50)
    seed: int = Field(default=0, ge=0)
    rounds: int = Field(default=2, ge=1, le=10)
    pool: int = Field(default=1200, ge=10, le=2_000_000)
    evaluations: int = Field(default=400, ge=0, le=2_000_000)
    passages: int = Field(default=4, ge=0, le=50)
    max_steps: int = Field(default=100, ge=10, le=500)
    simulate: int = Field(default=1, ge=0, le=2)
    tool_calls: int = Field(default=12, ge=0, le=200)
    tool_seconds: float = Field(default=300.0, gt=0, le=86_400)
    max_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    ask_before: tuple[Literal["spec", "cost"], ...] = ()
    llm: Endpoint | None = None
    llm_limits: Limits = Limits()

    @classmethod
    def create(cls, **values: object) -> Self:
        """Build settings, with a typed error that names what is wrong.

        Parameters
        ----------
        **values : object
            Fields by name; None keeps the default.

        Returns
        -------
        Settings
            Checked settings.

        Raises
        ------
        SetupError
            If a value is out of range or unknown.
        """
        try:
            return cls.model_validate({key: value for key, value in values.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SetupError(f"Setting {where!r} is wrong: {first['msg']}.") from error
