"""Read, filter and embed on several machines with Ray Data; the parts are then added to one index.

The work is cut by files: each task reads whole files (of the OpenAlex snapshot, say), keeps what belongs to the subset,
cuts passages and embeds them. A part holds documents as JSON Lines and vectors as fp16; it appears whole or not at all,
and a part that exists is not made again, so a run that was stopped goes on. ``add_parts`` needs one machine and no GPU.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.document import Document
from index.embed import load_embedder
from index.ingest import find_sources, read_source
from index.journal import fingerprint
from index.readers.item import Source
from index.report import IngestReport
from index.subset import Subset
from tools.core.errors import BackendMissing, StateError
from tools.core.extras import install_command

if TYPE_CHECKING:
    from index.build import IndexBuilder
    from index.embed import Embedder

PART_DOCUMENTS = 10_000
_ABOUT = "about.json"
_BATCH = 512  # documents embedded at once


@dataclass(frozen=True)
class PartsReport:
    """What a pipeline made.

    Attributes
    ----------
    files : int
        Files read, with those that had been read before.
    documents, passages : int
        In all parts.
    skipped, filtered : int
        Records left out as malformed, and as outside the subset.
    """

    files: int
    documents: int
    passages: int
    skipped: int
    filtered: int


def make_parts(
    path: Path,
    target: Path,
    *,
    embedder_id: str = "",
    subset: Subset | None = None,
    actors: int = 1,
    gpus_each: float = 0.0,
) -> PartsReport:
    """Read, filter and embed files with Ray Data.

    Parameters
    ----------
    path : Path
        What ``index.ingest.find_sources`` takes, on a file system that all machines see.
    target : Path
        Folder of the parts, on such a file system too.
    embedder_id : str
        As for ``index.embed.load_embedder``.
    subset : Subset, optional
        Which documents are taken.
    actors : int
        Workers; each holds one model.
    gpus_each : float
        GPUs of a worker; 0 for none.

    Returns
    -------
    PartsReport
        Counts over all parts.

    Raises
    ------
    BackendMissing
        If Ray is not installed.
    InputError
        If the path does not exist or is of no known kind.
    StateError
        If the target holds parts of another embedder or subset.
    """
    if importlib.util.find_spec("ray") is None:
        raise BackendMissing("ray", install_command("ray"))
    data: Any = importlib.import_module("ray.data")
    report = IngestReport()
    sources = find_sources(path, report)
    chosen = subset or Subset()
    embedder = load_embedder(embedder_id)
    _check_target(target, embedder.id, chosen)
    rows = [{"path": str(source.path), "name": source.name, "kind": source.kind} for source in sources]
    if not rows:
        return PartsReport(0, 0, 0, report.skipped, 0)
    made = data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        FilePart,
        fn_constructor_kwargs={"target": str(target), "embedder_id": embedder.id, "subset": chosen},
        batch_size=1,
        concurrency=actors,
        num_gpus=gpus_each or None,
    )
    counts = dict.fromkeys(("documents", "passages", "skipped", "filtered"), 0)
    for row in made.iter_rows():
        for name in counts:
            counts[name] += int(row[name])
    counts["skipped"] += report.skipped
    return PartsReport(files=len(rows), **counts)


def _check_target(target: Path, embedder_id: str, subset: Subset) -> None:
    wanted = {"embedder": embedder_id, "subset": subset.signature}
    target.mkdir(parents=True, exist_ok=True)
    about = target / _ABOUT
    if not about.exists():
        about.write_text(json.dumps(wanted), encoding="utf-8")
    elif json.loads(about.read_text(encoding="utf-8")) != wanted:
        raise StateError(f"{target} holds parts of another embedder or subset.", hint="Give another folder.")


class FilePart:
    """A worker that turns files into parts; Ray makes one for each actor.

    Parameters
    ----------
    target : str
        Folder of the parts.
    embedder_id : str
        As for ``index.embed.load_embedder``.
    subset : Subset
        Which documents are taken.
    """

    def __init__(self, target: str, embedder_id: str, subset: Subset) -> None:
        self._target = Path(target)
        self._embedder = load_embedder(embedder_id)
        self._subset = subset

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Read the files of a batch.

        Parameters
        ----------
        batch : dict
            Columns ``path``, ``name`` and ``kind``.

        Returns
        -------
        dict
            Columns ``documents``, ``passages``, ``skipped`` and ``filtered``, one row for each file.
        """
        columns = zip(batch["path"], batch["name"], batch["kind"], strict=True)
        found = [self.file(Source(Path(str(p)), str(n), str(k))) for p, n, k in columns]
        return {name: np.array([counts[name] for counts in found]) for name in found[0]}

    def file(self, source: Source) -> dict[str, int]:
        """Make the parts of one file, unless an earlier run did.

        Parameters
        ----------
        source : Source
            The file.

        Returns
        -------
        dict of str to int
            Counts, as a part's receipt states them.
        """
        key = hashlib.sha256(f"{source.name}:{fingerprint(source.path)}".encode()).hexdigest()[:20]
        receipt = self._target / f"{key}.done.json"
        if receipt.exists():
            stored: dict[str, int] = json.loads(receipt.read_text(encoding="utf-8"))
            return stored
        report = IngestReport()
        documents = passages = filtered = number = 0
        kept: list[Document] = []
        for item in read_source(source, report):
            if item.document is None:
                continue
            if not self._subset.admits(item.document):
                filtered += 1
                continue
            kept.append(item.document)
            if len(kept) >= PART_DOCUMENTS:
                passages += write_part(self._target / f"{key}-{number:05d}", kept, self._embedder)
                documents, number, kept = documents + len(kept), number + 1, []
        if kept:
            passages += write_part(self._target / f"{key}-{number:05d}", kept, self._embedder)
            documents += len(kept)
        counts = {"documents": documents, "passages": passages, "skipped": report.skipped, "filtered": filtered}
        _write(receipt, json.dumps(counts).encode())
        return counts


def write_part(stem: Path, documents: list[Document], embedder: Embedder) -> int:
    """Embed documents and write them with their vectors.

    Parameters
    ----------
    stem : Path
        Name of the part; ``.npy`` and ``.jsonl.gz`` are added, the latter last.
    documents : list of Document
        At least one.
    embedder : Embedder
        Makes the vectors of ``index.build.passage_texts``.

    Returns
    -------
    int
        Number of passages.
    """
    from index.build import passage_texts

    blocks = []
    for start in range(0, len(documents), _BATCH):
        texts = [text for document in documents[start : start + _BATCH] for text in passage_texts(document)]
        blocks.append(embedder.encode(texts).astype(np.float16))
    vectors = np.concatenate(blocks)
    temporary = stem.with_name(stem.name + ".npy.part")
    with temporary.open("wb") as handle:
        np.save(handle, vectors)
    temporary.replace(stem.with_name(stem.name + ".npy"))
    lines = "".join(json.dumps(asdict(document), ensure_ascii=False) + "\n" for document in documents)
    _write(stem.with_name(stem.name + ".jsonl.gz"), gzip.compress(lines.encode("utf-8", "surrogatepass"), 6, mtime=0))
    return len(vectors)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    temporary.replace(path)


def read_parts(folder: Path) -> Iterator[tuple[list[Document], Any]]:
    """Read parts in a fixed order.

    Parameters
    ----------
    folder : Path
        Where ``make_parts`` wrote.

    Yields
    ------
    documents : list of Document
        Of one part.
    vectors : array of shape [passages, dimension]
        fp16, one row for each passage in order.

    Raises
    ------
    StateError
        If a part is damaged.
    """
    for path in sorted(folder.glob("*.jsonl.gz")):
        try:
            with gzip.open(path, "rt", encoding="utf-8", errors="surrogatepass") as handle:
                rows = [json.loads(line) for line in handle]
            documents = [Document(**(row | {"subjects": tuple(row["subjects"])})) for row in rows]
            vectors = np.load(path.with_name(path.name.removesuffix(".jsonl.gz") + ".npy"), allow_pickle=False)
        except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
            raise StateError(
                f"The part {path.name} cannot be read: {error}", hint="Delete it and run again."
            ) from error
        yield documents, vectors


def add_parts(folder: Path, builder: IndexBuilder, *, commit_every: int = 20) -> int:
    """Add parts to an index.

    Parameters
    ----------
    folder : Path
        Where ``make_parts`` wrote.
    builder : IndexBuilder
        Entered, of the same embedder.
    commit_every : int
        Parts between two commits.

    Returns
    -------
    int
        Documents added; known ones are left out.

    Raises
    ------
    StateError
        If the parts are of another embedder than the index, damaged, or the index cannot be written.
    """
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        made_with = str(about["embedder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(f"{folder} holds no parts: {error}") from error
    if made_with != builder.embedder.id:
        raise StateError(
            f"The parts were embedded with {made_with!r}, the index with {builder.embedder.id!r}.",
            hint="Use the same embedder for both.",
        )
    added = 0
    for number, (documents, vectors) in enumerate(read_parts(folder), 1):
        added += builder.add_embedded(documents, vectors)
        if number % commit_every == 0:
            builder.commit()
    builder.commit()
    return added
