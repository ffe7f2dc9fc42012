"""Prediction: what a model or agent answered to one task."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

Mode = Literal["direct", "cot", "rag", "agent"]


class ToolCall(BaseModel):
    """One call of a tool.

    Attributes
    ----------
    name : str
        The tool.
    args : dict
        Its arguments.
    ok : bool
        Whether it answered.
    ms : float or None
        How long it took, in milliseconds.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    args: dict[str, Any] = Field(default_factory=dict)
    ok: bool = True
    ms: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Citation(BaseModel):
    """What an answer rests on; a bare text in a file is a source.

    Attributes
    ----------
    source : str
        Id of a passage that was served, or a reference.
    quote : str
        Its exact words; empty if none were given.
    """

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    source: str = Field(validation_alias=AliasChoices("source", "id", "passage"))
    quote: str = Field(default="", validation_alias=AliasChoices("quote", "text"))

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"source": data} if isinstance(data, str | int) else data


class Usage(BaseModel):
    """Tokens read and written, and what they cost.

    Attributes
    ----------
    input, output : int
        Tokens; ``in`` and ``out`` in a file.
    cost : float or None
        Price in US dollars, where known.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    input: int = Field(default=0, ge=0, alias="in")
    output: int = Field(default=0, ge=0, alias="out")
    cost: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Prediction(BaseModel):
    """The answer to one task.

    Attributes
    ----------
    id : str
        Id of the task.
    model : str
        Who answered.
    mode : {"direct", "cot", "rag", "agent"}
        How it was asked.
    response : str
        The full text.
    final_answer : Any
        The answer as the examined gave it apart from the text (any JSON); None if it did not.
    tool_calls : tuple of ToolCall
        Tools that were called, in order.
    citations : tuple of Citation
        What the answer rests on.
    passages : dict of str to str
        What the examined was served (passages, results of tools), by id: citations are checked against it.
    usage : Usage
        Tokens.
    latency_s : float or None
        Seconds.
    seed : int or None
        Seed of the run.
    config_hash : str
        Hash of the settings of the run.
    error : str
        Why there is no answer; empty if there is one.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, coerce_numbers_to_str=True)

    id: str = Field(min_length=1)
    model: str = ""
    mode: Mode = "direct"
    response: str = ""
    final_answer: Any = None
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: dict[str, str] = Field(default_factory=dict)
    usage: Usage = Usage()
    latency_s: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    seed: int | None = None
    config_hash: str = ""
    error: str = ""
