"""The exception tree: every error Polysmith raises, grouped by who must act.

::

    PolysmithError
    ├── InputError (ValueError)          the caller can fix the arguments
    │   ├── StructureError               not a repeat unit we can read
    │   ├── UnitError                    unknown unit, or of the wrong dimension
    │   ├── BriefError                   a brief with nothing to design for
    │   └── UnknownNameError (LookupError)  a name, property or id nobody knows
    ├── ToolError (RuntimeError)         the tool cannot do this
    │   ├── LimitError                   killed at its time or memory limit
    │   ├── NotCoveredError              outside what the method covers
    │   ├── ModelError                   a language model did not answer, or not as it must
    │   └── BudgetError                  the run's budget is used up
    ├── SetupError (RuntimeError)        the user or developer must mend the set-up
    │   ├── ArtefactError                missing card, changed hash, wrong version
    │   └── StateError                   a run or index folder that cannot be used
    ├── BackendMissing (ImportError)     an optional backend is not installed
    └── RunHeld                          nothing is wrong: a run waits, and can be continued
        ├── Paused                       it asks something first
        └── Stopped                      it was told to stop
"""

from __future__ import annotations


class PolysmithError(Exception):
    """Root of all errors raised on purpose.

    Parameters
    ----------
    message : str
        What went wrong, in one sentence.
    hint : str, optional
        What to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(PolysmithError, ValueError):
    """The caller can fix the arguments."""


class StructureError(InputError):
    """The text is not a repeat unit (or molecule) that can be read.

    Parameters
    ----------
    message : str
        What is wrong with the structure.
    code : str
        Machine-readable reason, such as ``"no_star"`` or ``"too_long"``.
    hint : str, optional
        How to write it instead.
    """

    def __init__(self, message: str, *, code: str = "invalid", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_structure_error, (self.message, self.code, self.hint))


def _rebuild_structure_error(message: str, code: str, hint: str) -> StructureError:
    return StructureError(message, code=code, hint=hint)


class UnitError(InputError):
    """A unit is unknown or has the wrong dimension."""


class BriefError(InputError):
    """A brief holds nothing that can be designed for."""


class UnknownNameError(InputError, LookupError):
    """A name, property, class or id that is not known."""


class ToolError(PolysmithError, RuntimeError):
    """The arguments are fine, but this tool cannot do it."""


class LimitError(ToolError):
    """A computation was killed at its time or memory limit."""


class NotCoveredError(ToolError):
    """The method does not cover this case."""


class ModelError(ToolError):
    """A language model did not answer, or not as it must.

    Parameters
    ----------
    message : str
        What went wrong; never holds a key.
    code : str
        Machine-readable reason, such as ``"timeout"``, ``"truncated"`` or ``"bad_arguments"``.
    hint : str, optional
        What to do about it.
    wait : float, optional
        Seconds that the server asks to wait before another try.
    """

    def __init__(self, message: str, *, code: str = "malformed", hint: str = "", wait: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.wait = wait

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_model_error, (self.message, self.code, self.hint, self.wait))


def _rebuild_model_error(message: str, code: str, hint: str, wait: float) -> ModelError:
    return ModelError(message, code=code, hint=hint, wait=wait)


class BudgetError(ToolError):
    """The budget of the run is used up."""


class SetupError(PolysmithError, RuntimeError):
    """The user or a developer must mend the set-up."""


class ArtefactError(SetupError):
    """A trained artefact has no card, or its hash differs from the card."""


class StateError(SetupError):
    """A run folder or index folder cannot be used."""


class BackendMissing(PolysmithError, ImportError):
    """An optional backend is not installed.

    Parameters
    ----------
    backend : str
        Name of the missing package or program.
    install : str
        The exact command that installs it.
    """

    def __init__(self, backend: str, install: str) -> None:
        super().__init__(f"{backend} is not installed.", hint=f"Install it with: {install}")
        self.backend = backend
        self.install = install


class RunHeld(PolysmithError):
    """Nothing is wrong: a run waits, and can be continued by its id.

    Parameters
    ----------
    message : str
        Why it waits.
    run_id : str
        Id of the run.
    hint : str, optional
        How to continue it.
    """

    def __init__(self, message: str, *, run_id: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.run_id = run_id

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_held, (type(self), self.message, self.run_id, self.hint))


def _rebuild_held(kind: type[RunHeld], message: str, run_id: str, hint: str) -> RunHeld:
    return kind(message, run_id=run_id, hint=hint)


class Paused(RunHeld):
    """A run asks something before it goes on."""


class Stopped(RunHeld):
    """A run was told to stop."""
