"""The command that serves a language model with vLLM from an environment of its own, with the flags that it needs."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from tools.core.errors import BackendMissing, InputError, SetupError

KEY_VARIABLE = "VLLM_API_KEY"  # vLLM reads it; on the command line every user of the machine could read the key
PROGRAM_VARIABLE = "POLYSMITH_VLLM"
ENVIRONMENT = ".venv-serve"
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # those that vLLM takes
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Without the first, arguments of tools are not held to their schema; without the second, a weak model writes white
# space until its limit.
_STRICT = ("--tool-strict-level", "parameter")
_STRUCTURED = ("--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}))


@dataclass(frozen=True)
class Serving:
    """What to serve and how.

    Attributes
    ----------
    model : str
        Folder, or name on the hub.
    adapters : dict of str to str
        LoRA adapters: name in requests to folder or hub name.
    name : str
        Name in requests; the model's own if empty.
    host : str
        Address to listen on.
    port : int
        Port.
    max_length : int or None
        Tokens that fit, read and written together; the model's own if None.
    dtype : str
        Number format, ``"auto"`` for the model's own.
    tensor_parallel : int
        GPUs that share each layer.
    pipeline_parallel : int
        Groups of GPUs that share the layers, one group a node.
    ray : bool
        Whether the GPUs are on several nodes that a Ray cluster joins.
    parser : str
        Parser of tool calls; chosen by family if empty.
    cpu_cache : int or None
        GiB for the cache of a CPU.
    gpu_share : float or None
        Share of a GPU's memory.
    extra : tuple of str
        Further arguments of ``vllm serve``.
    """

    model: str
    adapters: dict[str, str] = field(default_factory=dict)
    name: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    max_length: int | None = None
    dtype: str = "auto"
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    ray: bool = False
    parser: str = ""
    cpu_cache: int | None = None
    gpu_share: float | None = None
    extra: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Base URL for clients on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  # compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/v1"

    @property
    def served_name(self) -> str:
        """Name of the base model in requests."""
        return self.name or Path(self.model).name if Path(self.model).is_dir() else self.name or self.model


def find_vllm() -> Path:
    """Find the program: ``$POLYSMITH_VLLM``, ``.venv-serve`` here or beside the clone, else on PATH.

    Returns
    -------
    Path
        The program ``vllm``.

    Raises
    ------
    BackendMissing
        If there is none.
    SetupError
        If the variable names a file that is not there.
    """
    if named := os.environ.get(PROGRAM_VARIABLE):
        if not Path(named).is_file():
            raise SetupError(f"{PROGRAM_VARIABLE} names {named}, which is no file.")
        return Path(named)
    for folder in (Path.cwd(), Path(__file__).parents[1]):
        program = folder / ENVIRONMENT / "bin" / "vllm"
        if program.is_file():
            return program
    if found := shutil.which("vllm"):
        return Path(found)
    raise BackendMissing("vllm", f"make serve-env (or name one: export {PROGRAM_VARIABLE}=FOLDER/bin/vllm)")


@cache
def _families() -> dict[str, Any]:
    text = files("agent.llm.serving").joinpath("families.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def choose_parser(model: str) -> str:
    """Choose the parser of tool calls: by the model's chat template if its folder is here, else by its name.

    Parameters
    ----------
    model : str
        Folder, or name on the hub.

    Returns
    -------
    str
        Name of a parser of vLLM; empty if the family is not known, and then tools are asked for in words.
    """
    template = _template(Path(model))
    for entry in _families()["templates"]:
        if entry["text"] in template:
            return str(entry["parser"])
    name = Path(model).name.lower()
    for entry in _families()["names"]:
        if re.search(entry["pattern"], name):
            return str(entry["parser"])
    return ""


def _template(folder: Path) -> str:
    """Read the chat template of a model's folder; empty if there is none."""
    plain = folder / "chat_template.jinja"
    if plain.is_file():
        return plain.read_text(encoding="utf-8", errors="replace")
    settings = folder / "tokenizer_config.json"
    if not settings.is_file():
        return ""
    try:
        found = json.loads(settings.read_text(encoding="utf-8")).get("chat_template") or ""
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def lora_rank(folder: str) -> int:
    """Return the rank that vLLM must make room for.

    Parameters
    ----------
    folder : str
        Folder of an adapter; of a name on the hub nothing is known before it is loaded.

    Returns
    -------
    int
        The smallest allowed rank that fits; 64 for an adapter that is not here.

    Raises
    ------
    InputError
        If the folder holds no adapter, or one of a rank that vLLM does not take.
    """
    place = Path(folder)
    if not place.exists():
        return 64
    try:
        rank = int(json.loads((place / "adapter_config.json").read_text(encoding="utf-8"))["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} holds no LoRA adapter.", hint="It needs adapter_config.json with a rank r."
        ) from error
    fitting = [allowed for allowed in LORA_RANKS if allowed >= rank]
    if not fitting:
        raise InputError(f"The adapter {folder} has rank {rank}; vLLM takes at most {LORA_RANKS[-1]}.")
    return fitting[0]


def check(serving: Serving) -> None:
    """Refuse what is not safe or cannot work.

    Parameters
    ----------
    serving : Serving
        What to serve.

    Raises
    ------
    InputError
        If a name or number is wrong.
    SetupError
        If other machines could use the model without a key.
    """
    if not serving.model or serving.model.startswith("-"):
        raise InputError(f"{serving.model!r} is no model.", hint="Name a folder or a model of the hub.")
    if min(serving.tensor_parallel, serving.pipeline_parallel) < 1:
        raise InputError("Parallel parts are counted from 1.")
    for name in serving.adapters:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) or name == serving.served_name:
            raise InputError(f"{name!r} is no name for an adapter.", hint="Letters, digits, '.', '_' and '-'.")
    if serving.host not in LOOPBACK and len(os.environ.get(KEY_VARIABLE, "")) < 16:
        raise SetupError(
            f"{serving.host} can be reached from other machines, and there is no key.",
            hint=f"export {KEY_VARIABLE}=$(openssl rand -hex 24), or serve on 127.0.0.1.",
        )


def command_of(serving: Serving, program: str) -> list[str]:
    """Write the command; keys are no part of it.

    Parameters
    ----------
    serving : Serving
        What to serve.
    program : str
        The program ``vllm``.

    Returns
    -------
    list of str
        Arguments, none of which a shell reads.

    Raises
    ------
    InputError, SetupError
        As of :func:`check`.
    """
    check(serving)
    made = [program, "serve", serving.model, "--served-model-name", serving.served_name]
    made += ["--host", serving.host, "--port", str(serving.port), "--dtype", serving.dtype]
    if serving.max_length:
        made += ["--max-model-len", str(serving.max_length)]
    if serving.adapters:
        rank = max(map(lora_rank, serving.adapters.values()))
        made += ["--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(len(serving.adapters))]
        made += ["--lora-modules", *(f"{name}={place}" for name, place in serving.adapters.items())]
    parser = serving.parser or choose_parser(serving.model)
    if parser:
        made += ["--enable-auto-tool-choice", "--tool-call-parser", parser, *_STRICT]
    made += [*_STRUCTURED, "--generation-config", "vllm"]  # sampling is what the request says, not the model's folder
    if serving.tensor_parallel > 1:
        made += ["--tensor-parallel-size", str(serving.tensor_parallel)]
    if serving.pipeline_parallel > 1:
        made += ["--pipeline-parallel-size", str(serving.pipeline_parallel)]
    if serving.ray:
        made += ["--distributed-executor-backend", "ray"]
    if serving.gpu_share is not None:
        made += ["--gpu-memory-utilization", f"{serving.gpu_share:g}"]
    return [*made, *serving.extra]


def environment_of(serving: Serving) -> dict[str, str]:
    """Return what the server's environment has beside or instead of this one's.

    Parameters
    ----------
    serving : Serving
        What to serve.

    Returns
    -------
    dict of str to str
        No usage statistics; no hub when offline or when everything is here; the cache of a CPU.
    """
    made = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    here = all(Path(place).is_dir() for place in (serving.model, *serving.adapters.values()))
    if here or os.environ.get("POLYSMITH_OFFLINE", "") not in {"", "0"}:
        made |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if serving.cpu_cache is not None:
        made["VLLM_CPU_KVCACHE_SPACE"] = f"{serving.cpu_cache}"
    return made
