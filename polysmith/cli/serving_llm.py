"""``polysmith serve``: a language model on this machine, served by vLLM."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console, emit_json
from tools.core.errors import BackendMissing, InputError, ToolError

if TYPE_CHECKING:
    from polysmith.serving_llm import Serving


def register(group: typer.Typer) -> None:
    """Add the command to a group.

    Parameters
    ----------
    group : Typer
        The commands.
    """
    group.command("serve")(command(serve))


def serve(
    model: Annotated[str, typer.Argument(help="Folder of the base model, or its name on the hub.")],
    lora: Annotated[list[str] | None, typer.Option("--lora", help="Adapter as NAME=FOLDER; may be repeated.")] = None,
    name: Annotated[str, typer.Option("--name", help="Name of the model in requests.")] = "",
    host: Annotated[str, typer.Option("--host", help="Other than this machine only with VLLM_API_KEY.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
    max_length: Annotated[int | None, typer.Option("--max-length", min=64, help="Tokens read and written.")] = None,
    dtype: Annotated[str, typer.Option("--dtype", help="auto, bfloat16, float16 or float32.")] = "auto",
    tensor_parallel: Annotated[int, typer.Option("--tensor-parallel", min=1, help="GPUs per layer.")] = 1,
    pipeline_parallel: Annotated[int, typer.Option("--pipeline-parallel", min=1, help="Groups of GPUs.")] = 1,
    ray: Annotated[bool, typer.Option("--ray", help="The GPUs are on several nodes of a Ray cluster.")] = False,
    parser: Annotated[str, typer.Option("--tool-parser", help="Instead of the one of the model's family.")] = "",
    cpu_cache: Annotated[int | None, typer.Option("--cpu-cache", min=1, help="GiB for the cache of a CPU.")] = None,
    gpu_share: Annotated[
        float | None, typer.Option("--gpu-share", min=0.05, max=1.0, help="Share of a GPU's memory.")
    ] = None,
    wait: Annotated[float, typer.Option("--wait", min=1, help="Seconds to become healthy.")] = 900.0,
    extra: Annotated[list[str] | None, typer.Option("--vllm", help="Further argument; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the command and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
) -> None:
    """Serve a language model with vLLM until stopped, with the flags that tools and schemas need."""
    from polysmith.serving_llm import Serving

    wanted = Serving(
        model=model,
        adapters=_adapters(lora or []),
        name=name,
        host=host,
        port=port,
        max_length=max_length,
        dtype=dtype,
        tensor_parallel=tensor_parallel,
        pipeline_parallel=pipeline_parallel,
        ray=ray,
        parser=parser,
        cpu_cache=cpu_cache,
        gpu_share=gpu_share,
        extra=tuple(extra or ()),
    )
    if dry_run:
        _show(wanted, as_json=as_json)
    else:
        _run(wanted, wait)


def _adapters(listed: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for item in listed:
        name, sign, place = item.partition("=")
        if not (name and sign and place) or name in made:
            raise InputError(f"{item!r} is no adapter.", hint="Write --lora NAME=FOLDER, each name once.")
        made[name] = place
    return made


def _show(wanted: Serving, *, as_json: bool) -> None:
    """Print the command; it can be looked at where vLLM is not installed."""
    from polysmith.serving_llm import command_of, environment_of, find_vllm

    try:
        program = str(find_vllm())
    except BackendMissing:
        program = "vllm"
    made, beside = command_of(wanted, program), environment_of(wanted)
    if as_json:
        emit_json({"command": made, "environment": beside, "url": wanted.url})
    else:
        typer.echo(" ".join((*(f"{key}={shlex.quote(text)}" for key, text in beside.items()), shlex.join(made))))


def _run(wanted: Serving, wait: float) -> None:
    from agent.settings import home
    from polysmith.serving_llm import KEY_VARIABLE, find_vllm
    from polysmith.serving_process import ServedModel, healthy

    if healthy(wanted.url):
        raise InputError(f"Something already answers at {wanted.url}.", hint="Choose another --port.")
    log = Path(home()) / "logs" / f"serve-{wanted.port}.log"
    out = console(stderr=True)

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)  # the with block below ends the server

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with ServedModel(wanted, find_vllm(), log) as server:
            with out.status(f"starting {wanted.served_name}; {log}"):
                seconds = server.wait_until_healthy(wait)
            out.print(f"{wanted.served_name} answers at {wanted.url} after {seconds:.0f} s; Ctrl-C stops it; {log}")
            out.print(f"export POLYSMITH_LLM_URL={wanted.url} POLYSMITH_LLM_MODEL={wanted.served_name}")
            if os.environ.get(KEY_VARIABLE):
                out.print(f"export POLYSMITH_LLM_KEY=${KEY_VARIABLE}")
            code = server.wait()
            raise ToolError(f"The server ended with code {code}.", hint=f"See {log}.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
