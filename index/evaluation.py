"""Judged questions, and how well a ranking answers them."""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.document import Document, clean, passages
from tools.core.errors import InputError
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENOUGH = 200  # characters of an answer that make a passage relevant, if half of the answer is more


@dataclass(frozen=True)
class Question:
    """A question whose answer stands in known places.

    Attributes
    ----------
    text : str
        The question.
    document_id : str
        The document that answers it.
    spans : tuple of (int, int)
        Where, as character offsets in the document's stored text.
    relevant : int
        How many passages of the document are relevant.
    """

    text: str
    document_id: str
    spans: tuple[tuple[int, int], ...]
    relevant: int

    def answered_by(self, passage: Passage) -> bool:
        """Say whether a passage is relevant: it holds half of an answer span, or 200 characters of it."""
        return passage.document_id == self.document_id and _holds(self.spans, passage.start, passage.end)


def _holds(spans: Sequence[tuple[int, int]], left: int, right: int) -> bool:
    return any(min(end, right) - max(start, left) >= min(0.5 * (end - start), _ENOUGH) for start, end in spans)


def read_chemrxivquest(folder: Path) -> tuple[list[Document], list[Question]]:
    """Read ChemRxivQuest (CC-BY-4.0): questions with answer spans in full texts.

    Parameters
    ----------
    folder : Path
        Folder with ``texts.tar.gz`` and ``questions_dev.csv``.

    Returns
    -------
    list of Document
        The texts, by name.
    list of Question
        Those that a passage can answer.

    Raises
    ------
    InputError
        If the files are missing or not of this form.
    """
    texts: dict[str, str] = {}
    questions = []
    try:
        with tarfile.open(folder / "texts.tar.gz") as archive:
            for member in archive:
                handle = archive.extractfile(member) if member.name.endswith(".txt") else None
                if handle is not None:
                    texts[Path(member.name).name] = clean(handle.read().decode("utf-8"))
        cuts = {name: [(s.start, s.end) for s in passages(text)] for name, text in texts.items()}
        with (folder / "questions_dev.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                name = Path(row["corpus_id"]).name
                spans = tuple((int(r["start_index"]), int(r["end_index"])) for r in json.loads(row["references"]))
                relevant = sum(_holds(spans, start, end) for start, end in cuts.get(name, ()))
                if relevant:
                    questions.append(Question(row["question"], name, spans, relevant))
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise InputError(f"{folder} does not hold ChemRxivQuest: {error}") from error
    return [Document(id=name, title="", text=texts[name], source="chemrxivquest") for name in sorted(texts)], questions


def tuning_half(questions: Sequence[Question], seed: int = 0) -> NDArray[np.bool_]:
    """Divide questions by document, so that no text is both tuned on and tested.

    Parameters
    ----------
    questions : sequence of Question
        The questions.
    seed : int
        Seed of the division.

    Returns
    -------
    array of shape [len(questions)]
        True for the half that is tuned on.
    """
    documents = sorted({question.document_id for question in questions})
    order = np.random.default_rng(seed).permutation(len(documents))
    chosen = {documents[number] for number in order[: len(documents) // 2]}
    return np.array([question.document_id in chosen for question in questions], dtype=bool)


def ndcg(question: Question, ranking: Sequence[Passage], k: int = 10) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen, ACM TOIS 2002).

    Parameters
    ----------
    question : Question
        The question.
    ranking : sequence of Passage
        Best first.
    k : int
        Ranks that count.

    Returns
    -------
    float
        0 to 1.
    """
    got = sum(1 / np.log2(rank + 2) for rank, item in enumerate(ranking[:k]) if question.answered_by(item))
    best = sum(1 / np.log2(rank + 2) for rank in range(min(k, question.relevant)))
    return float(got / best)


def recall(question: Question, ranking: Sequence[Passage], k: int = 5) -> float:
    """Share of the relevant passages among the first ``k``.

    Parameters
    ----------
    question : Question
        The question.
    ranking : sequence of Passage
        Best first.
    k : int
        Ranks that count.

    Returns
    -------
    float
        0 to 1.
    """
    return sum(question.answered_by(item) for item in ranking[:k]) / question.relevant


def interval(values: NDArray[np.float64], seed: int = 0) -> tuple[float, float, float]:
    """Mean with a 95 % bootstrap interval; of differences for a paired comparison.

    Parameters
    ----------
    values : array of shape [n]
        One value for each question.
    seed : int
        Seed of the 2,000 draws.

    Returns
    -------
    (float, float, float)
        Mean, lower and upper end.
    """
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    return float(values.mean()), float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
