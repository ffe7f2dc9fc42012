"""Names to polymers and polymers to names, for what a user typed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tools.core import sandbox

# OPSIN starts Java once; reading a name takes milliseconds otherwise.
SECONDS = 60.0


class Named(BaseModel):
    """A polymer, its name, and how one was found from the other.

    Attributes
    ----------
    given : str
        What was typed.
    smiles : str
        Canonical repeat unit.
    key : str
        Identity key.
    name : str
        Name; empty if there is none that is certain.
    method, how : str
        How the text was read, as one of a few words and as a sentence.
    monomers : dict of str to str
        SMILES of the monomers by name.
    notes : tuple of str
        What the name leaves open.
    classes : tuple of str
        Polymer classes.
    """

    model_config = ConfigDict(frozen=True)

    given: str
    smiles: str
    key: str
    name: str
    method: str
    how: str
    monomers: dict[str, str]
    notes: tuple[str, ...]
    classes: tuple[str, ...]


def name(text: str, polymer_class: str = "") -> Named:
    """Find the polymer of a name, or the name of a repeat unit.

    Parameters
    ----------
    text : str
        Name, abbreviation, or repeat unit as SMILES with two ``*``.
    polymer_class : str
        Class of the polymer, which decides between the polymers of one abbreviation.

    Returns
    -------
    Named
        Structure, name, and how they were found.

    Raises
    ------
    InputError
        If the text is unknown, a copolymer, or stands for several polymers; the message lists them.
    BackendMissing
        If only OPSIN could read the name and it is not installed.
    """
    found = sandbox.run("tools.catalogue:identify_polymer", text, polymer_class, seconds=SECONDS)
    return Named(
        given=text,
        smiles=found["smiles"],
        key=found["key"],
        name=found["name"],
        method=found["method"],
        how=found["how"],
        monomers={item["name"]: item["smiles"] for item in found["monomers"]},
        notes=tuple(found["notes"]),
        classes=tuple(found["classes"]),
    )
