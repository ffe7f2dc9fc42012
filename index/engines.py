"""What runs an embedding model: torch, OpenVINO or ONNX Runtime; the tokens and the pooling are the model's own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.space import Space
from tools.core.errors import ArtefactError, BackendMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

Encode = Callable[[list[str]], "NDArray[np.float32]"]

_CPU_BATCH, _GPU_BATCH = 32, 256
_PACKAGES = {"openvino": "openvino>=2025.0", "onnxruntime": "onnxruntime>=1.20", "onnx": "onnx>=1.17"}


def state_folder() -> Path:
    """Return ``$POLYSMITH_HOME``, else ``~/.polysmith``."""
    return Path(os.environ.get("POLYSMITH_HOME") or Path.home() / ".polysmith").expanduser()


def _need(name: str) -> Any:
    if importlib.util.find_spec(name) is None:
        raise BackendMissing(name, shlex.join([sys.executable, "-m", "pip", "install", _PACKAGES[name]]))
    return importlib.import_module(name)


def choose(device: str) -> str:
    """Return the engine that is fastest here: torch on a GPU, else OpenVINO if it can be used, else torch.

    Parameters
    ----------
    device : str
        Device that was asked for; empty if none.

    Returns
    -------
    str
        ``"torch"`` or ``"openvino"``.
    """
    torch: Any = importlib.import_module("torch")
    if device or torch.cuda.is_available():
        return "torch"
    usable = all(importlib.util.find_spec(name) is not None for name in ("openvino", "onnx"))
    return "openvino" if usable else "torch"


def load(model: str, revision: str) -> Any:
    """Load a model of sentence-transformers.

    Parameters
    ----------
    model : str
        Name on the hub, or a folder.
    revision : str
        Of the hub; empty for its default.

    Returns
    -------
    SentenceTransformer
        On the CPU, in single precision.

    Raises
    ------
    ArtefactError
        If it cannot be loaded; says what to do without a network.
    """
    from sentence_transformers import SentenceTransformer

    local = Path(model).is_dir()
    try:
        return SentenceTransformer(model, device="cpu", **({} if local or not revision else {"revision": revision}))
    except (OSError, ValueError, KeyError) as error:
        told = " ".join(str(error).split())[:200]
        offline = os.environ.get("HF_HUB_OFFLINE", "") not in {"", "0"}
        way = (
            "HF_HUB_OFFLINE is set and the model is not in the cache: unset it once"
            if offline
            else "Check its name and the network"
        )
        raise ArtefactError(
            f"The embedding model {model!r} cannot be loaded: {told}",
            hint=f"{way}, or give a folder with the model's files (hf download {model} --local-dir FOLDER).",
        ) from error


def encoder(model: Any, engine: str, device: str, batch_size: int, space: Space) -> Encode:
    """Return what makes vectors of texts.

    Parameters
    ----------
    model : SentenceTransformer
        The model.
    engine : str
        ``"torch"``, ``"openvino"``, ``"onnx"`` or ``"onnx-int8"``.
    device : str
        For torch; empty to choose.
    batch_size : int
        0 to choose.
    space : Space
        Its settings.

    Returns
    -------
    callable
        Texts to an array [n, dimension], not yet normalised.
    """
    if engine == "torch":
        return _torch(model, device, batch_size)
    path = cached_export(model, space, engine == "onnx-int8")
    run = _openvino(path) if engine == "openvino" else _onnxruntime(path)
    return _batched(model, run, batch_size or _CPU_BATCH)


def _torch(model: Any, device: str, batch_size: int) -> Encode:
    torch: Any = importlib.import_module("torch")
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    on_gpu = place.startswith("cuda")
    kind = torch.float16 if on_gpu else torch.bfloat16 if fast_bf16() else torch.float32
    model.to(place)
    model.to(kind)
    size = batch_size or (_GPU_BATCH if on_gpu else _CPU_BATCH)

    def encode(texts: list[str]) -> NDArray[np.float32]:
        vectors = model.encode(texts, batch_size=size, show_progress_bar=False, convert_to_tensor=True)
        return np.asarray(vectors.float().cpu().numpy(), dtype=np.float32)

    return encode


def fast_bf16() -> bool:
    """Say whether this processor multiplies bfloat16 itself; others are slower with it than without."""
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    words = next((line for line in about.splitlines() if line.startswith(("flags", "Features"))), "").split()
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(words))


def _openvino(path: Path) -> Callable[[dict[str, Any]], Any]:
    openvino: Any = _need("openvino")
    core = openvino.Core()
    threads = {"INFERENCE_NUM_THREADS": os.environ["OMP_NUM_THREADS"]} if os.environ.get("OMP_NUM_THREADS") else {}
    compiled = core.compile_model(core.read_model(str(path)), "CPU", {"PERFORMANCE_HINT": "LATENCY", **threads})
    request = compiled.create_infer_request()
    names = {name for port in compiled.inputs for name in port.get_names()}
    return lambda given: request.infer({key: value for key, value in given.items() if key in names})[compiled.output(0)]


def _onnxruntime(path: Path) -> Callable[[dict[str, Any]], Any]:
    runtime: Any = _need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = {item.name for item in session.get_inputs()}
    return lambda given: session.run(None, {key: value for key, value in given.items() if key in names})[0]


def _batched(model: Any, run: Callable[[dict[str, Any]], Any], size: int) -> Encode:
    """Tokenise, sort by length so that little is padding, run, pool as the model says."""
    how = pooling(model)
    tokenizer = model.tokenizer

    def encode(texts: list[str]) -> NDArray[np.float32]:
        ids = tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)["input_ids"]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        rows: list[Any] = [None] * len(ids)
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            given = padded([ids[place] for place in chosen], tokenizer.pad_token_id or 0)
            hidden = np.asarray(run(given), dtype=np.float32)
            for place, row in zip(chosen, how(hidden, given["attention_mask"]), strict=True):
                rows[place] = row
        return np.stack(rows).astype(np.float32)

    return encode


def padded(ids: Sequence[Sequence[int]], pad: int) -> dict[str, NDArray[np.int64]]:
    """Return the inputs of a batch.

    Parameters
    ----------
    ids : sequence of sequences of int
        Token ids.
    pad : int
        Id that fills up.

    Returns
    -------
    dict
        ``input_ids``, ``attention_mask`` and ``token_type_ids``, each [n, longest].
    """
    longest = max(map(len, ids))
    tokens = np.full((len(ids), longest), pad, dtype=np.int64)
    mask = np.zeros((len(ids), longest), dtype=np.int64)
    for row, given in enumerate(ids):
        tokens[row, : len(given)] = given
        mask[row, : len(given)] = 1
    return {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}


def pooling(model: Any) -> Callable[[NDArray[np.float32], NDArray[np.int64]], NDArray[np.float32]]:
    """Return the pooling of a model.

    Parameters
    ----------
    model : SentenceTransformer
        The model.

    Returns
    -------
    callable
        Hidden states [n, length, d] and mask [n, length] to vectors [n, d].

    Raises
    ------
    ArtefactError
        If it pools in another way than by mean or first token, or has layers after the pooling.
    """
    kinds = [type(module).__name__ for module in model]
    mode = model[1].pooling_mode if len(kinds) > 1 and kinds[1] == "Pooling" else ""
    if kinds[2:] not in ([], ["Normalize"]) or mode not in {"mean", "cls"}:
        raise ArtefactError(
            f"This model ({', '.join(kinds)}) runs on torch only.",
            hint="Uninstall openvino or choose the engine torch.",
        )
    if mode == "cls":
        return lambda hidden, mask: hidden[:, 0]

    def mean(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((hidden * weights).sum(1) / np.maximum(weights.sum(1), 1e-9), dtype=np.float32)

    return mean


def export(model: Any, path: Path, int8: bool) -> None:
    """Write a model as ONNX.

    Parameters
    ----------
    model : SentenceTransformer
        The model, in single precision on the CPU.
    path : Path
        Target; appears whole or not at all.
    int8 : bool
        Round the weights to int8 (dynamic quantisation).

    Raises
    ------
    BackendMissing
        If onnx or onnxruntime is not installed.
    """
    torch: Any = importlib.import_module("torch")
    _need("onnx")

    class Hidden(torch.nn.Module):  # type: ignore[misc]  # torch is loaded by name
        """The transformer, with the last hidden state as its only output."""

        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            """Return the last hidden state."""
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "length"}
    whole = path.with_name(path.name + ".part")
    with torch.no_grad():
        torch.onnx.export(
            Hidden(model[0].auto_model.eval().float()),
            (ids, ids),
            str(whole),
            input_names=["input_ids", "attention_mask"],
            output_names=["hidden"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes},
            dynamo=False,
        )
    if int8:
        _need("onnxruntime")
        quantization: Any = importlib.import_module("onnxruntime.quantization")
        small = path.with_name(path.name + ".small")
        # seven bits and a scale per channel: eight overflow on processors without VNNI (cosine 0.89 instead of 0.98)
        options = {"weight_type": quantization.QuantType.QInt8, "per_channel": True, "reduce_range": True}
        quantization.quantize_dynamic(str(whole), str(small), **options)
        whole.unlink()
        whole = small
    whole.replace(path)


def cached_export(model: Any, space: Space, int8: bool) -> Path:
    """Return the ONNX file of a model, written once into the state folder.

    Parameters
    ----------
    model : SentenceTransformer
        The loaded model.
    space : Space
        Its space; the file is kept under its hash.
    int8 : bool
        Whether weights are rounded to int8.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BackendMissing
        If the onnx package is not installed.
    ArtefactError
        If the model cannot be exported, or the file not be written.
    """
    key = hashlib.sha256(f"{space.model}@{space.revision}".encode()).hexdigest()[:16]
    folder = state_folder() / "embedders" / key
    path = folder / ("model-int8.onnx" if int8 else "model.onnx")
    try:
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "about.json").write_text(json.dumps({"model": space.model, "revision": space.revision}))
            export(model, path, int8)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise ArtefactError(f"The model {space.model!r} cannot be exported to ONNX: {error}") from error
    return path
