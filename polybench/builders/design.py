"""Designs under several constraints: feasible ones around a witness, and ones that no repeat unit can meet.

Constraints of a feasible task are read off a chain of the same split, the witness, so that at least one solution
exists; it is kept as the answer and never named in the question. One task in ten is infeasible by construction: two
of its constraints exclude each other by counting atoms, whatever the chemistry.
"""

from __future__ import annotations

import random
from typing import Final

from rdkit import Chem

from polybench.builders.chains import Chain
from polybench.builders.drafting import Bundle, Maker, Pool, draft, group_words, some
from polybench.builders.quantities import QUANTITIES
from polybench.scoring import conventions
from polybench.scoring.design import examine_chunk
from polybench.scoring.structures import Structure, read_chunk
from polybench.task import INFEASIBLE, Constraint
from tools.chemistry.groups import PATTERNS

_CATEGORY: Final = "synthesis_design"
_TOOLS: Final = ("search_candidates",)
INFEASIBLE_SHARE: Final = 0.1
_WIDE: Final = {"heavy_atoms": 4, "rotatable_bonds": 3, "hbond_acceptors": 2}
_WORDS: Final = {
    "heavy_atoms": "heavy atoms", "rotatable_bonds": "rotatable bonds", "hbond_donors": "hydrogen-bond donors",
    "hbond_acceptors": "hydrogen-bond acceptors", "aromatic_rings": "aromatic rings", "rings": "rings",
    "molar_mass": "g/mol of molar mass", "tpsa": "square angstrom of topological polar surface",
}  # fmt: skip
#: Groups of designs: one pattern each, and the least numbers of atoms that a match needs.
_NEEDS: Final[dict[str, dict[str, int]]] = {
    "ester": {"O": 2}, "amide": {"O": 1, "N": 1}, "imide": {"O": 2, "N": 1}, "urethane": {"O": 2, "N": 1},
    "urea": {"O": 1, "N": 2}, "carbonate": {"O": 3}, "ether": {"O": 1}, "thioether": {"S": 1}, "ketone": {"O": 1},
    "hydroxyl": {"O": 1}, "carboxylic_acid": {"O": 2}, "nitrile": {"N": 1}, "nitro": {"N": 1, "O": 2},
    "sulfone": {"S": 1, "O": 2}, "siloxane": {"O": 1, "Si": 2}, "trifluoromethyl": {"F": 3},
    "tertiary_amine": {"N": 1}, "imine": {"N": 1}, "thiophene": {"S": 1}, "pyridine": {"N": 1},
}  # fmt: skip
_ATOM_NAMES: Final = {
    "O": "oxygen", "N": "nitrogen", "S": "sulfur", "F": "fluorine", "Cl": "chlorine", "Br": "bromine", "Si": "silicon"
}  # fmt: skip


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"exactly {low:g}" if low == high else f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"


def descriptor(name: str, low: float | None, high: float | None) -> Constraint:
    """Return a bound on a descriptor with its words."""
    return Constraint(kind="descriptor", name=name, min=low, max=high, text=f"{_range(low, high)} {_WORDS[name]}")


def element(symbol: str, low: float | None, high: float | None) -> Constraint:
    """Return a bound on a number of atoms with its words."""
    words = f"{_range(low, high)} {_ATOM_NAMES[symbol]} atoms ({symbol})"
    return Constraint(kind="element", name=symbol, min=low, max=high, text=words)


def group(name: str, low: float | None, high: float | None) -> Constraint:
    """Return a bound on a number of groups with its words and pattern."""
    smarts = PATTERNS[name][0]
    words = f"{_range(low, high)} {group_words(name)} groups (SMARTS {smarts})"
    return Constraint(kind="smarts", smarts=smarts, min=low, max=high, text=words)


def _from_witness(rng: random.Random, unit: Chem.Mol) -> list[Constraint]:
    """Read constraints off a repeat unit: one size, one or two counts, one or two groups, one absent element."""
    measured = {name: function(unit) for name, function in conventions.DESCRIPTORS.items()}
    present = [name for name in _NEEDS if conventions.count_groups(unit, PATTERNS[name][0])]
    absent = [name for name in _NEEDS if name not in present]
    found: list[Constraint] = []
    if rng.random() < 0.5:
        slack = rng.choice((0.1, 0.15, 0.2)) * measured["molar_mass"]
        low, high = round(measured["molar_mass"] - slack), round(measured["molar_mass"] + slack)
        found.append(descriptor("molar_mass", low, high))
    else:
        heavy = measured["heavy_atoms"]
        found.append(descriptor("heavy_atoms", max(1.0, heavy - _WIDE["heavy_atoms"]), heavy + _WIDE["heavy_atoms"]))
    options = [
        descriptor("aromatic_rings", measured["aromatic_rings"], measured["aromatic_rings"]),
        descriptor("hbond_donors", None, measured["hbond_donors"]),
        descriptor("rotatable_bonds", None, measured["rotatable_bonds"] + 1),
        descriptor("rings", measured["rings"], measured["rings"] + 1),
    ]
    found += rng.sample(options, rng.choice((1, 2)))
    for name in rng.sample(present, min(len(present), rng.choice((1, 1, 2)))):
        found.append(group(name, 1, None))
    if absent and rng.random() < 0.6:
        found.append(group(rng.choice(absent), None, 0))
    symbol = rng.choice(tuple(_ATOM_NAMES))
    count = conventions.count_element(unit, symbol)
    found.append(element(symbol, None, 0) if not count else element(symbol, count, count))
    return found


def _task(
    pool: Pool, chains: list[Chain], constraints: list[Constraint], answer: str | tuple[str, ...], count: int
) -> Bundle:
    listed = "; ".join(item.text for item in constraints)
    wanted = "one repeat unit" if count == 1 else f"{count} different repeat units"
    question = (
        f"Design {wanted} (SMILES with two *, attachment points in no weight or count and as carbon in group matching) "
        f"with: {listed}. If no repeat unit can meet all of this, answer: {INFEASIBLE}."
    )
    level = 2 if len(constraints) <= 4 and count == 1 else 3
    subtask = "multi_constraint_design" if count == 1 else "diverse_design"
    return (
        draft(pool, _CATEGORY, subtask, level, question, "design", answer, chains=chains, n_candidates=count,
              constraints=tuple(constraints), tools_expected=_TOOLS),
    )  # fmt: skip


def feasible(smiles: str, constraints: list[Constraint]) -> bool:
    """Say whether a repeat unit meets every exact constraint of its own, by the exam's own check."""
    names = sorted({name for item in constraints for name in item.smiles})
    known = {name: Structure(*row) for name, row in zip(names, read_chunk(names), strict=True)}
    row = examine_chunk([(smiles, tuple(constraints), known)])[0]
    return not row[0] and False not in row[5]


def _feasible(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    if chain is None or chain.mass > 600:
        return None
    unit = Chem.MolFromSmiles(chain.smiles)
    constraints = [_attachments(), *_from_witness(rng, unit)]
    if rng.random() < 0.4:
        taken = [item.smiles for item in rng.sample(pool.by_class[chain.main], min(3, len(pool.by_class[chain.main])))]
        others = tuple(sorted(smiles for smiles in taken if smiles != chain.smiles))
        if others:
            constraints.append(Constraint(kind="not_in", smiles=others, text=f"none of {', '.join(others)}"))
    label = chain.labels.get("Tg")
    if label is not None and rng.random() < 0.3:
        bound = float(round(label.value - QUANTITIES["Tg"].gap))
        words = f"a glass transition temperature of at least {bound:g} K"
        constraints.append(Constraint(kind="property", name="Tg", min=bound, unit="K", text=words))
    if not feasible(chain.smiles, constraints):
        return None
    return _task(pool, [chain], constraints, (chain.smiles,), 1)


def _attachments() -> Constraint:
    return Constraint(kind="attachment_points", min=2, max=2, text="exactly two attachment points")


def _diverse(pool: Pool, rng: random.Random) -> Bundle | None:
    """Three candidates with different ring systems; three witnesses of the split prove that there are some."""
    chain = some(rng, pool.chains)
    if chain is None or chain.groups is None or not chain.counts.get("rings") or chain.mass > 500:
        return None
    names = [name for name in chain.groups if name in _NEEDS]
    name = some(rng, names)
    if name is None:
        return None
    heavy = conventions.DESCRIPTORS["heavy_atoms"](Chem.MolFromSmiles(chain.smiles))
    constraints = [
        _attachments(),
        group(name, 1, None),
        descriptor("heavy_atoms", max(1.0, heavy - 8), heavy + 8),
        Constraint(kind="not_in", smiles=(chain.smiles,), text=f"not {chain.smiles}"),  # no brief in two splits
    ]
    found: dict[str, str] = {}
    numbers = pool.by_count.get(f"group:{name}", {})
    alike = [item for number in sorted(numbers) if number for item in numbers[number]]
    for item in rng.sample(alike, min(len(alike), 25)):
        topology = conventions.ring_topology(Chem.MolFromSmiles(item.smiles))
        if topology not in found and feasible(item.smiles, constraints):
            found[topology] = item.smiles
        if len(found) == 3:
            break
    if len(found) < 3:
        return None
    text = "3 different ring topologies among the candidates"
    constraints.append(Constraint(kind="ring_topologies", min=3, text=text))
    return _task(pool, [chain], constraints, tuple(found.values()), 3)


def _impossible(rng: random.Random) -> list[Constraint]:
    """Two constraints that exclude each other by counting atoms."""
    kind = rng.randrange(5)
    if kind == 0:  # a group without its element
        name = rng.choice(tuple(_NEEDS))
        symbol, count = rng.choice(sorted(_NEEDS[name].items()))
        return [group(name, 1, None), element(symbol, None, count - 1)]
    if kind == 1:  # halogen atoms heavier than the whole unit
        symbol, weight = rng.choice((("Br", 79.904), ("Cl", 35.45), ("F", 18.998)))
        count = rng.choice((2, 3, 4, 6))
        return [
            element(symbol, count, None),
            descriptor("molar_mass", None, float(int(count * weight) - rng.randrange(5))),
        ]
    if kind == 2:  # rings need three atoms
        return [descriptor("rings", rng.choice((1, 2)), None), descriptor("heavy_atoms", None, 2)]
    if kind == 3:  # more atoms of one element than heavy atoms
        symbol, count = rng.choice(("O", "N", "F", "S")), rng.choice((5, 6, 8))
        return [element(symbol, count, None), descriptor("heavy_atoms", None, count - rng.choice((1, 2)))]
    first, second = rng.sample([name for name in _NEEDS if "N" in _NEEDS[name]], 2)
    return [group(first, 1, None), group(second, 1, None), element("N", None, 0)]


def _conflict(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    if chain is None:
        return None
    conflict = _impossible(rng)
    used = {(item.kind, item.name, item.smarts) for item in conflict}
    harmless = _from_witness(rng, Chem.MolFromSmiles(chain.smiles))
    harmless = [item for item in harmless if (item.kind, item.name, item.smarts) not in used]
    mixed = [*conflict, *rng.sample(harmless, min(2, len(harmless)))]
    rng.shuffle(mixed)
    constraints = [_attachments(), *mixed]
    return _task(pool, [], constraints, INFEASIBLE, 1)


def design(pool: Pool, rng: random.Random) -> Bundle | None:
    """Draft a design: infeasible at a chance of ``INFEASIBLE_SHARE``."""
    draw = rng.random()
    if draw < INFEASIBLE_SHARE:
        return _conflict(pool, rng)
    for _ in range(8):  # a witness that cannot be used costs no feasible design
        found = _diverse(pool, rng) if draw > 0.88 else _feasible(pool, rng)
        if found is not None:
            return found
    return None


MAKERS: Final[tuple[Maker, ...]] = (design, design, design)
