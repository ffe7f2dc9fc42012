"""The gate: every SMILES passes here before RDKit computes anything with it.

A length cap alone is not enough: a complete graph of twelve atoms (568 characters) keeps some fingerprints busy for
minutes, and a 442-character cage makes the full descriptor set take seconds. So the text is checked first (length,
characters, brackets, ring closures), then the molecule (elements, charges, rings, size); what is left is safe to
parse, canonicalise and describe in well under a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdqueries

from tools.core.errors import StructureError

# RDKit writes what it refuses to standard error; here that becomes a typed error, so the text would only be noise.
rdBase.DisableLog("rdApp.*")

MAX_CHARACTERS: Final = 500
MAX_HEAVY_ATOMS: Final = 200
MAX_RINGS: Final = 40  # the largest of 10,000 measured repeat units has 18
MAX_CLOSURES_PER_ATOM: Final = 4
MAX_DEGREE: Final = 6
MAX_CHARGE: Final = 2

ELEMENTS: Final = frozenset(
    ("*", "H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Ge", "As", "Se", "Br", "Sn", "Sb", "Te", "I")
)

# What SMILES is written with. No quantifier is nested, so matching is linear in the length.
_CHARACTERS = re.compile(r"[A-Za-z0-9*@+\-\[\]()=#%/\\:.]+")
_BRACKET = re.compile(r"\[[^\[\]]*\]")
_STAR = re.compile(r"\[\d{0,3}\*(?::\d{1,3})?\]|\[#0\]|\*")
_ISOTOPE = re.compile(r"\[\d+[^\d*]")
_CLOSURE_RUN = re.compile(r"(?:[=#/\\:\-]?(?:%\d\d|%\(\d{1,5}\)|\d))+")
_CLOSURE = re.compile(r"%\d\d|%\(\d{1,5}\)|\d")
_LADDER_MARK = re.compile(r"\[[edtg]\]")
_R_GROUP = re.compile(r"\[R\d*'?\]|\[X\d*\]|\[Q\]|\[A\]|R(?![a-z])")
_ATTACHMENT = re.compile(r"\[(?:\d*At|Cu|Au|Ce|Th)\]")

STAR_QUERY: Final = rdqueries.AtomNumEqualsQueryAtom(0)

_PARSER = Chem.SmilesParserParams()
_PARSER.allowCXSMILES = False  # type: ignore[assignment]  # RDKit's stubs give fields the type of their class
_PARSER.parseName = False  # type: ignore[assignment]  # as above

_REMOVE_HS = Chem.RemoveHsParameters()
_REMOVE_HS.removeDefiningBondStereo = True  # type: ignore[assignment]  # as above


def check_text(smiles: str) -> None:
    """Refuse text that is not plainly a SMILES of moderate size.

    Parameters
    ----------
    smiles : str
        Text as typed, without surrounding white space.

    Raises
    ------
    StructureError
        With a ``code`` that names the reason and a hint how to write it instead.
    """
    if not isinstance(smiles, str):
        raise StructureError("A structure is given as text.", code="not_text", hint="Pass a SMILES string.")
    if not smiles.strip():
        raise StructureError("The structure is empty.", code="empty", hint="Write a repeat unit such as *CC*.")
    if len(smiles) > MAX_CHARACTERS:
        raise StructureError(
            f"The SMILES has {len(smiles)} characters; at most {MAX_CHARACTERS} are read.",
            code="too_long",
            hint="Give one repeat unit with two *, not the chain.",
        )
    if not _CHARACTERS.fullmatch(smiles):
        raise _explain_characters(smiles)
    if "#-" in smiles or "->" in smiles:
        raise StructureError("The bonds cannot be read.", code="charset")
    _check_brackets(smiles)
    _check_closures(smiles)


def _explain_characters(smiles: str) -> StructureError:
    """Say which notation the foreign characters belong to."""
    if "|" in smiles:
        return StructureError(
            "CXSMILES extensions (|...|) are not read.", code="cxsmiles", hint="Give the SMILES before the bar."
        )
    if len(smiles.split()) > 1:
        return StructureError(
            "There is text after white space; it would be ignored silently.",
            code="whitespace",
            hint="Give the SMILES alone, without a name.",
        )
    if not smiles.isascii() or not smiles.isprintable():
        return StructureError(
            "The text has characters that no SMILES has (non-ASCII or control characters).",
            code="charset",
            hint="Type it again in plain letters; copied text may hold look-alikes.",
        )
    if "{" in smiles or "}" in smiles:
        return StructureError(
            "This looks like BigSMILES; curly brackets are not SMILES.",
            code="bigsmiles",
            hint="Give the repeat unit as a SMILES with two *, such as *CC*.",
        )
    if "->" in smiles or "<-" in smiles:
        return StructureError("Dative bonds are not read.", code="dative_bond")
    if ">" in smiles:
        return StructureError("This is a reaction, not a structure.", code="reaction", hint="Give the product alone.")
    bad = sorted({character for character in smiles if not _CHARACTERS.fullmatch(character)})
    return StructureError(
        f"Not SMILES: unexpected {' '.join(bad)}", code="charset", hint="SMARTS and names are not read here."
    )


def _check_brackets(smiles: str) -> None:
    """Refuse unbalanced brackets, isotopes, place-holders and ladder marks."""
    rest = _BRACKET.sub("", smiles)
    if "[" in rest or "]" in rest:
        raise StructureError("A square bracket is not closed.", code="syntax")
    if smiles.count("(") != smiles.count(")"):
        raise StructureError("A branch is not closed.", code="syntax", hint="Check the round brackets.")
    if _LADDER_MARK.search(smiles):
        raise StructureError(
            "[e][t][d][g] are marks of double-strand (ladder) units.",
            code="ladder",
            hint="Ladder polymers cannot be written with two *.",
        )
    if _ATTACHMENT.search(smiles):
        raise StructureError(
            "Metal or astatine atoms stand for the chain ends here.",
            code="end_marks",
            hint="Write the two chain ends as *.",
        )
    if _R_GROUP.search(smiles):
        raise StructureError(
            "R, X, Q and A stand for unspecified groups.", code="r_group", hint="Write every group out."
        )
    if _ISOTOPE.search(smiles):
        raise StructureError(
            "Isotopes are not kept apart in repeat units.",
            code="isotope",
            hint="Leave the mass number out; only * may carry a label, as in [1*].",
        )


def _check_closures(smiles: str) -> None:
    """Refuse ring closures in numbers that make ring perception explode."""
    bare = _BRACKET.sub("*", smiles)
    total = 0
    for run in _CLOSURE_RUN.finditer(bare):
        count = len(_CLOSURE.findall(run.group()))
        total += count
        if count > MAX_CLOSURES_PER_ATOM:
            raise StructureError(
                f"An atom opens or closes {count} rings; at most {MAX_CLOSURES_PER_ATOM} are read.", code="too_complex"
            )
    if total > 2 * MAX_RINGS:
        raise StructureError(f"More than {MAX_RINGS} rings are not read.", code="too_complex")


def parse_unit(smiles: str) -> Chem.Mol:
    """Read a repeat unit whose two chain ends become dummy atoms with isotope labels 1 and 2.

    Parameters
    ----------
    smiles : str
        Repeat unit with two ``*`` (also ``[*]``, ``[*:1]``, ``[1*]``, ``[#0]``); surrounding white space is ignored.

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised molecule. Labelled before parsing, so that no stereocentre between two chain ends is lost.

    Raises
    ------
    StructureError
        If the text is not a linear repeat unit.
    """
    text = _outer_strip(smiles)
    check_text(text)
    _check_star_count(len(_STAR.findall(text)))
    labels: Iterator[str] = iter(("[1*]", "[2*]"))
    text = _STAR.sub(lambda _: next(labels), text)
    if "*]:" in text or ":[1*]" in text or ":[2*]" in text:
        raise StructureError("A * has an aromatic bond.", code="star_bond_order", hint="Use a single bond to each *.")
    mol = _parse(text)
    _check_stars(mol)
    return mol


def parse_molecule(smiles: str) -> Chem.Mol:
    """Read a molecule without chain ends, such as a monomer.

    Parameters
    ----------
    smiles : str
        SMILES without ``*``; surrounding white space is ignored.

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised molecule.

    Raises
    ------
    StructureError
        If the text is not one readable molecule.
    """
    text = _outer_strip(smiles)
    check_text(text)
    if _STAR.search(text):
        raise StructureError("A molecule has no *.", code="star", hint="Give a monomer, not a repeat unit.")
    return _parse(text)


def _outer_strip(smiles: str) -> str:
    return smiles.strip(" \t\r\n") if isinstance(smiles, str) else smiles


def _check_star_count(stars: int) -> None:
    if stars == 2:
        return
    if stars == 0:
        raise StructureError(
            "There is no *: this is a molecule, not a repeat unit.",
            code="no_star",
            hint="Mark the two chain ends with *, as in *CC*.",
        )
    if stars == 1:
        raise StructureError(
            "There is only one *: an end group, not a repeat unit.",
            code="one_star",
            hint="Mark both chain ends with *.",
        )
    if stars == 4:
        raise StructureError(
            "There are four *: a double-strand (ladder) unit or a network point.",
            code="ladder",
            hint="Only linear repeat units with two * are read.",
        )
    raise StructureError(
        f"There are {stars} *: a branch point, network or R-group.",
        code="too_many_stars",
        hint="Only linear repeat units with two * are read.",
    )


def _parse(text: str) -> Chem.Mol:
    """Parse, sanitise and check a gated text."""
    if "." in text:
        raise StructureError(
            "There are several fragments (a salt, solvent or mixture).",
            code="fragments",
            hint="Give the polymer alone, without counter-ions.",
        )
    with rdBase.BlockLogs():
        mol = _attempt(text)
        if mol is None:
            raise _explain_parse(text)
        _check_size(mol)
        # only a bracket can hold a charge, a radical, a stereocentre or an element outside the organic subset
        if "[" in _STAR.sub("", text):
            _check_atoms(mol)
            return _normalised(mol)
        return mol


def _attempt(text: str, *, sanitise: bool = True) -> Chem.Mol | None:
    return Chem.MolFromSmiles(text, _PARSER) if sanitise else Chem.MolFromSmiles(text, sanitize=False)


def _explain_parse(text: str) -> StructureError:
    """Find out why RDKit refused the text."""
    raw = _attempt(text, sanitise=False)
    if raw is None:
        return StructureError("RDKit cannot read this SMILES.", code="syntax", hint="Check rings and brackets.")
    for atom in raw.GetAtoms():
        _check_element(atom)
    try:
        Chem.SanitizeMol(raw)
    except Chem.KekulizeException as error:
        return StructureError(f"The aromatic ring cannot be kekulised: {error}", code="kekulise")
    except Chem.MolSanitizeException as error:
        return StructureError(f"An atom has an impossible valence: {error}", code="valence")
    return StructureError("RDKit cannot read this SMILES.", code="syntax")


def _check_size(mol: Chem.Mol) -> None:
    """Refuse what is too large or too entangled."""
    if mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        raise StructureError(f"More than {MAX_HEAVY_ATOMS} heavy atoms are not read.", code="too_large")
    if mol.GetNumBonds() - mol.GetNumAtoms() + 1 > MAX_RINGS:
        raise StructureError(f"More than {MAX_RINGS} rings are not read.", code="too_complex")


def _check_atoms(mol: Chem.Mol) -> None:
    """Refuse what is readable but no covalent, closed-shell structure."""
    for atom in mol.GetAtoms():
        symbol = atom.GetSymbol()
        _check_element(atom)
        if abs(atom.GetFormalCharge()) > MAX_CHARGE:
            raise StructureError(f"{symbol} carries a charge beyond {MAX_CHARGE}.", code="charge")
        if atom.GetNumRadicalElectrons():
            raise StructureError(f"{symbol} has an unpaired electron.", code="radical", hint="Add its hydrogens.")
        if atom.GetDegree() > MAX_DEGREE:
            raise StructureError(f"{symbol} has {atom.GetDegree()} neighbours.", code="too_complex")
        if atom.GetChiralTag() not in _TETRAHEDRAL:
            raise StructureError("Only tetrahedral stereocentres are read.", code="stereo")
        atom.SetAtomMapNum(0)


def _check_element(atom: Chem.Atom) -> None:
    if atom.GetSymbol() not in ELEMENTS:
        raise StructureError(
            f"{atom.GetSymbol()} is not an element of covalent polymers.",
            code="element",
            hint="Metals, also as end marks, are not read; write chain ends as *.",
        )


_TETRAHEDRAL = frozenset(
    (Chem.ChiralType.CHI_UNSPECIFIED, Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
)


def _normalised(mol: Chem.Mol) -> Chem.Mol:
    """Bring hydrogens and charge-separated sulfur and phosphorus oxides to one form."""
    if any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
        mol = Chem.RemoveHs(mol, _REMOVE_HS)
        if any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
            raise StructureError("A hydrogen stands where it cannot.", code="hydrogen")
    if not any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        return mol
    ylides = [
        bond
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE
        and {(a.GetSymbol(), a.GetFormalCharge()) for a in (bond.GetBeginAtom(), bond.GetEndAtom())} in _YLIDES
    ]
    for bond in ylides:
        bond.SetBondType(Chem.BondType.DOUBLE)
        for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
            atom.SetFormalCharge(0)
            atom.SetNoImplicit(False)
    if ylides:
        Chem.SanitizeMol(mol)
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    return mol


_YLIDES = ({("S", 1), ("O", -1)}, {("P", 1), ("O", -1)}, {("Se", 1), ("O", -1)})


def _check_stars(mol: Chem.Mol) -> None:
    """Refuse chain ends that are not single points on a linear chain."""
    stars = list(mol.GetAtomsMatchingQuery(STAR_QUERY))
    if len(stars) != 2:
        raise StructureError("The chain ends cannot be read.", code="star", hint="Write both as plain *.")
    for star in stars:
        if star.GetDegree() != 1:
            raise StructureError(
                "A * must end the chain with exactly one bond.",
                code="star_degree",
                hint="It cannot sit inside a ring or chain.",
            )
        if star.GetFormalCharge() or star.GetTotalNumHs():
            raise StructureError("A * carries no charge and no hydrogen.", code="star")
        if star.GetNeighbors()[0].GetAtomicNum() == 0:
            raise StructureError(
                "The two * are bonded to each other.", code="star_star", hint="Put the repeat unit between."
            )
    first, second = (star.GetBonds()[0].GetBondType() for star in stars)
    if first != second:
        raise StructureError(
            "The two * have bonds of different order, so the units cannot join.",
            code="star_bond_order",
            hint="Use the same bond at both ends, as in *C=C* or *=CC=*.",
        )
