"""What an ingest did: counts, and what was left out with its position."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_LISTED = 1_000  # skips and notes that are listed; all skips are counted


@dataclass(frozen=True)
class Skip:
    """A record or file that was left out.

    Attributes
    ----------
    position : str
        File, and line or page where known.
    reason : str
        Why.
    """

    position: str
    reason: str


@dataclass
class IngestReport:
    """What an ingest did.

    Attributes
    ----------
    files : int
        Files read.
    read, added, duplicates, passages : int
        Documents read, added, and known already; passages in the index afterwards.
    skipped : int
        Records and files left out because they are malformed or have no text.
    filtered : int
        Documents left out because they are outside the asked-for subset.
    retracted : int
        Documents added that are marked as retracted.
    resumed : int
        Files that an earlier run had finished, unchanged since.
    stopped : bool
        True if the user stopped it; the same call goes on from there.
    skips : list of Skip
        The first thousand of them.
    notes : list of str
        What was assumed, such as an encoding; at most a thousand.
    seconds : float
        Wall time.
    """

    files: int = 0
    read: int = 0
    added: int = 0
    duplicates: int = 0
    passages: int = 0
    skipped: int = 0
    filtered: int = 0
    retracted: int = 0
    resumed: int = 0
    stopped: bool = False
    skips: list[Skip] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def skip(self, position: str, reason: str) -> None:
        """Count something left out.

        Parameters
        ----------
        position : str
            Where it was.
        reason : str
            Why.
        """
        self.skipped += 1
        if len(self.skips) < MAX_LISTED:
            self.skips.append(Skip(position, reason))

    def note(self, text: str) -> None:
        """Keep a note, once.

        Parameters
        ----------
        text : str
            What was assumed.
        """
        if len(self.notes) < MAX_LISTED and text not in self.notes:
            self.notes.append(text)
