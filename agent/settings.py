"""Settings of a run: what may differ between two runs of the same brief."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_candidates: int = Field(default=5, ge=1, le=50)
    seed: int = Field(default=0, ge=0)
    rounds: int = Field(default=2, ge=1, le=10)
    pool: int = Field(default=1200, ge=10, le=2_000_000)
    evaluations: int = Field(default=400, ge=0, le=2_000_000)
    passages: int = Field(default=4, ge=0, le=50)
    max_steps: int = Field(default=50, ge=10, le=500)

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
