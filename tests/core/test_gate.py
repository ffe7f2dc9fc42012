"""Hostile text is answered with a typed error, quickly, and does not spoil the next request."""

import random
import resource
import string
import time

import pytest

from tools.core.errors import StructureError
from tools.core.gate import check_text, parse_molecule
from tools.core.polymer import Polymer


def complete_graph(n: int, symbol: str = "C") -> str:
    """Write a complete graph of n atoms by ring closures."""
    labels: dict[tuple[int, int], int] = {}
    atoms = []
    for i in range(n):
        text = symbol
        for j in range(n):
            if abs(i - j) > 1:
                pair = (min(i, j), max(i, j))
                labels.setdefault(pair, len(labels) + 10)
                text += f"%({labels[pair]})" if labels[pair] > 99 else f"%{labels[pair]}"
        atoms.append(text)
    return "".join(atoms)


def lattice(n: int) -> str:
    rows = []
    for row in range(n):
        rows.append("".join(f"C%({row * n + col + 100})%({(row + 1) * n + col + 100})" for col in range(n)))
    return ".".join(rows)


HOSTILE = {
    "K8": complete_graph(8),
    "K8 of phosphorus with stars": "*" + complete_graph(8, "P") + "*",
    "K12": complete_graph(12),
    "K12 with stars": "*" + complete_graph(12, "S") + "*",
    "K40": complete_graph(40),
    "lattice": lattice(60),
    "star polystyrene": "*" + "CC(c1ccccc1)" * 5000 + "*",
    "linear 1e4": "C" * 10_000,
    "linear 1e6": "*" + "C" * 1_000_000 + "*",
    "polystyrene x100": "*" + "CC(c1ccccc1)" * 100 + "*",
    "nested branches": "*" + "C(" * 240 + ")" * 240 + "*",
    "open branches": "(" * 400,
    "closing branches": ")" * 400,
    "brackets": "[" * 400,
    "brackets closed": "[" * 200 + "]" * 200,
    "many stars": "*" * 400,
    "many star brackets": "[*]" * 160,
    "digits": "C" + "1" * 400,
    "percent": "*C" + "%10" * 100 + "C*",
    "percent bracket": "*C%(99999)C%(99999)*",
    "percent huge": "*C%(999999999999)C*",
    "one atom, five closures": "*C12345CC1CC2CC3CC4CC5*",
    "atom map": "*[CH2:99999999999999999999]C*",
    "hydrogens": "*[CH99]C*",
    "hydrogen count": "*[CH999999999999]C*",
    "charges": "*[C" + "+" * 300 + "]*",
    "isotope": "[99999C]",
    "charge 99": "[C+99]",
    "newline": "*CC*\nCCO evil",
    "shell": '*CC*  name "; rm -rf /',
    "nul": "*C\0C*",
    "Cyrillic": "*СС*",
    "right to left": "*C\u202eC*",
    "zero width": "*C\u200bC*",
    "full width": "*ＣＣ*",
    "emoji": "*C🙂C*",
    "surrogate": "*C\ud800C*",
    "reaction": "C=C>>*CC*",
    "SMARTS": "[#6;X4]~[!#1]",
    "any bond": "*C~C*",
    "quadruple": "*C$C*",
    "recursive SMARTS": "*[$(C)]*",
    "BigSMILES": "{[$]CC[$]}",
    "G-BigSMILES": "{[$]CC[$]|gauss(100,10)|}",
    "CXSMILES": "*CC* |Sg:n:1,2::ht|",
    "HTML": "<script>alert(1)</script>",
    "format string": "%s%s%s%n",
    "percent alone": "*C%C*",
    "SQL": "'; DROP TABLE polymers; --",
    "JSON": '{"smiles": "*CC*"}',
    "formula": "=CMD('calc')",
    "path": "../../etc/passwd",
    "ladder": "*C1C(*)C(*)C1*",
    "dative": "*N->C*",
    "backslashes": "*" + "\\" * 300 + "*",
    "bonds": "*" + "=" * 300 + "*",
    "dots": "." * 300,
    "colons": "*" + ":" * 300 + "*",
    "chirality": "*[C@@@@@@@@H](C)*",
    "class": "*[C@TB99](F)(Cl)(Br)(I)*",
    "cage": "*C%10%11%12%13.C%10%14%15%16*",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_within_a_second(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    with pytest.raises(StructureError) as caught:
        Polymer.from_smiles(HOSTILE[name])
    assert time.perf_counter() - begun < 1.0
    assert caught.value.code
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
    assert Polymer.from_smiles("*CC*").smiles == "*CC*"


def test_checking_is_linear_in_the_length() -> None:
    for text in ("C" * 100_000, "[" * 100_000, "[C" * 50_000, "%10" * 33_000, "(" * 100_000, "* " * 50_000):
        begun = time.perf_counter()
        with pytest.raises(StructureError):
            check_text(text)
        assert time.perf_counter() - begun < 0.05


def test_random_mutations_give_a_polymer_or_a_typed_error() -> None:
    rng = random.Random(11)
    seeds = [
        "*CC(*)c1ccccc1",
        "*OCCOC(=O)c1ccc(cc1)C(=O)*",
        "*C/C=C\\C*",
        "*O[C@@H](C)C(*)=O",
        "*n1c(=O)c2cc3c(cc2c1=O)c(=O)n(*)c3=O",
    ]
    letters = string.ascii_letters + string.digits + "*()[]=#@+-%/\\.: |{}"
    read = 0
    for _ in range(3000):
        text = list(rng.choice(seeds))
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(text))
            text[place : place + rng.randrange(2)] = rng.choices(letters, k=rng.randrange(3))
            text = text or ["C"]
        try:
            polymer = Polymer.from_smiles("".join(text))
        except StructureError:
            continue
        read += 1
        assert Polymer.from_smiles(polymer.smiles) == polymer
    assert read > 100


def test_molecules_have_no_chain_ends() -> None:
    assert parse_molecule(" C=Cc1ccccc1 ").GetNumAtoms() == 8
    with pytest.raises(StructureError, match="monomer"):
        parse_molecule("*CC*")
    with pytest.raises(StructureError) as caught:
        parse_molecule("CC.O")
    assert caught.value.code == "fragments"
