"""Measure the polymerisation rules on real polymers with known monomers.

Run ``python benchmarks/polymerisation.py --json`` with ``POLYSMITH_DATA`` set. The records are split in halves by a
hash of the repeat unit; rules and priors were tuned on the half "dev", and the half "test" is what is reported.

A hit of the forward rules means that one of the products of the recorded monomers is the recorded polymer. A backward
hit means that one of the first three routes, or an alternative choice of reactive groups that it names, has exactly the
recorded monomers, where an acid, its chloride, its anhydride and its methyl, ethyl or phenyl esters count as one, as do
a hydroxyl or amino group and its salt, acetate or silyl ether. Stereo marks are removed on both sides. The mechanism
is right if the class of the first route (addition, ring opening, condensation) is one recorded for that polymer.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from csv import DictReader
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from rdkit import Chem, RDLogger

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.word import canonical_word
from tools.synthesis.forward import polymerise, react
from tools.synthesis.retro import Route, routes

SAMPLE = {"addition": 240, "ring_opening": 240, "condensation_1": 200, "condensation_2": 500}
COLD_KEYS = 3000
SIDE_BY_SIDE = 30

_SAME = (
    "[CX3;$(C[#6]);!R:1](=[O:2])[Cl,Br,F]>>[C:1](=[O:2])O",
    "[CX3;$(C[#6]);!R:1](=[O:2])[OX2;!R][CH3]>>[C:1](=[O:2])O",
    "[CX3;$(C[#6]);!R:1](=[O:2])[OX2;!R][CH2][CH3]>>[C:1](=[O:2])O",
    "[CX3;$(C[#6]);!R:1](=[O:2])[OX2;!R]c1[cH][cH][cH][cH][cH]1>>[C:1](=[O:2])O",
    "[#6:6]~[#6;R:1](=[O:2])~[#8;R:3]~[#6;R:4](=[O:5])~[#6:7]>>([C:6]-[C:1](=[O:2])-[O:3].[C:7]-[C:4](=[O:5])O)",
    "[c:3][OX2:1]C(=O)[CH3]>>[c:3][OH:1]",
    "[O,S,N:1][Si]([CH3])([CH3])[CH3]>>[*:1]",
    "[#8,#16:1]-[Na,K,Li]>>[*:1]",
    "[O-,S-;!$([O-][N+]);!$([O-]*=[N+]):1]>>[*;+0:1]",
)
_REACTIONS: list[Any] = []


def mechanism_class(polymerisations: Iterable[str]) -> str:
    """Reduce polymerisation ids to the three classes of the records."""
    ids = set(polymerisations)
    if "ring_opening" in ids:
        return "RingOpening"
    return "Addition" if "chain_growth" in ids and "polycondensation" not in ids else "Condensation"


def normalised(monomers: str) -> frozenset[str]:
    """Bring monomers to the form in which they are compared."""
    if not _REACTIONS:
        from rdkit.Chem import AllChem

        _REACTIONS.extend(AllChem.ReactionFromSmarts(text) for text in _SAME)
    mol = Chem.MolFromSmiles(monomers)
    if mol is None:
        return frozenset([monomers])
    Chem.RemoveStereochemistry(mol)
    # one monomer at a time: a reaction of RDKit drops every fragment that it does not touch
    parts = [part for piece in Chem.MolToSmiles(mol).split(".") for part in _standard(piece).split(".")]
    # the aromatic writing of a neutralised heteroatom settles on a second reading
    settled = (
        Chem.MolFromSmiles(p) for p in parts if p not in {"[Na+]", "[K+]", "[Na]", "[K]", "[Li+]", "[Cl-]", "[Br-]"}
    )
    return frozenset(Chem.MolToSmiles(m) for m in settled if m is not None)


def _standard(monomer: str) -> str:
    """Write the reactive groups of one monomer in their standard form."""
    mol = Chem.MolFromSmiles(monomer)
    for reaction in _REACTIONS:
        for _ in range(12):
            products = reaction.RunReactants((mol,))
            if not products:
                break
            changed = products[0][0]
            if Chem.SanitizeMol(changed, catchErrors=True):
                break
            mol = changed
    return str(Chem.MolToSmiles(mol))


def plain(smiles: str) -> str:
    """Drop stereo marks."""
    return re.sub(r"[/\\]", "", smiles.replace("@", ""))


def key_of(smiles: str) -> str | None:
    """Return the stereo-free key of a unit, or None where it is no linear chain."""
    try:
        return Polymer.from_smiles(plain(smiles)).key
    except PolysmithError:
        return None


def load(path: Path, half: str) -> tuple[list[dict[str, str]], dict[str, set[str]]]:
    """Read the records of one half, and the classes recorded for every chain in the whole file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(DictReader(stream))
    classes: dict[str, set[str]] = defaultdict(set)
    kept = []
    for row in rows:
        key = key_of(row["smiles"])
        if key is None:
            continue
        classes[key].add(row["polymerisation_type"])
        even = int(hashlib.sha256(row["smiles"].encode()).hexdigest(), 16) % 2 == 0
        if even != (half == "dev"):
            continue
        count = row["monomers"].count(".") + 1
        kind = {"Addition": "addition", "RingOpening": "ring_opening"}.get(row["polymerisation_type"])
        row["stratum"] = kind or f"condensation_{min(count, 2)}"
        row["key"] = key
        kept.append(row)
    return kept, classes


def sample(rows: list[dict[str, str]], seed: int, whole: bool) -> list[dict[str, str]]:
    """Draw the strata in the proportions used for other tools (120 : 120 : 100 : 250), doubled."""
    if whole:
        return rows
    rng = random.Random(seed)
    drawn = []
    for stratum, count in SAMPLE.items():
        members = [row for row in rows if row["stratum"] == stratum]
        rng.shuffle(members)
        drawn.extend(members[:count])
    return drawn


def forward_hit(row: dict[str, str]) -> bool:
    """Tell whether the recorded monomers give the recorded polymer."""
    monomers = _neutral(row["monomers"])
    try:
        products = polymerise(*monomers)
    except PolysmithError:
        return False
    return row["key"] in {key_of(product.polymer.smiles) for product in products} | {p.polymer.key for p in products}


def _neutral(monomers: str) -> list[str]:
    """Write salts of the monomers as free acids, as a chemist would count monomers; stereo marks go."""
    text = plain(monomers)
    if "+" in text or "[Na]" in text or "[K]" in text:
        mol = Chem.MolFromSmiles(text)
        if mol is not None and re.search(r"\[(Na|K|Li)\+\]", text):
            return sorted(_salt_free(text))
    return text.split(".")


def _salt_free(text: str) -> list[str]:
    parts = [p for p in text.split(".") if not re.fullmatch(r"\[(Na|K|Li)\+\]", p)]
    return [p.replace("[O-]", "O").replace("[S-]", "S") if "[N+]" not in p and "[n+]" not in p else p for p in parts]


def judge(row: dict[str, str], found: list[Route], classes: dict[str, set[str]]) -> dict[str, bool]:
    """Compare routes with the record."""
    wanted = normalised(plain(row["monomers"]))
    sets = [normalised(".".join(m.smiles for m in route.monomers)) for route in found]
    others = [normalised(".".join(m.smiles for m in other.monomers)) for route in found for other in route.alternatives]
    allowed = classes[row["key"]]
    return {
        "backward": wanted in sets or wanted in others,
        "backward_first": bool(sets) and wanted == sets[0],
        "routed": bool(found),
        "mechanism": bool(found) and mechanism_class(found[0].polymerisations) in allowed,
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("test", "dev"), default="test")
    parser.add_argument("--whole", action="store_true", help="all records of the half, not the stratified sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smipoly", action="store_true", help="also measure SMiPoly, which has to be installed")
    parser.add_argument("--misses", type=Path, help="write the records that were missed (use it on dev only)")
    args = parser.parse_args(argv)
    RDLogger.DisableLog("rdApp.*")
    folder = os.environ.get("POLYSMITH_DATA")
    if not folder or not (Path(folder) / "polymerisation_pn2s.csv.gz").exists():
        sys.stderr.write("Set POLYSMITH_DATA to the folder with polymerisation_pn2s.csv.gz.\n")
        return 2
    rates = key_rates(Path(folder) / "polymerisation_pn2s.csv.gz")  # first: what follows interns pieces
    rows, classes = load(Path(folder) / "polymerisation_pn2s.csv.gz", args.half)
    rows = sample(rows, args.seed, args.whole)
    result = measure(rows, classes, args.misses) | rates
    if args.smipoly:
        result |= smipoly_rate(args.seed)
    print(json.dumps(result, indent=None if args.json else 2))
    return 0


def key_rates(path: Path) -> dict[str, float]:
    """Measure canonical keys per CPU-second, on units that were never seen and on words of pieces that were.

    The second rate is that of search: crossover and piece swaps make new words of known pieces.
    """
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        texts = sorted({plain(row["smiles"]) for row in DictReader(stream)})
    random.Random(0).shuffle(texts)
    Polymer.from_smiles("*CC*")
    words = []
    start = time.process_time()
    for text in texts[:COLD_KEYS]:
        try:
            words.append(Polymer.from_smiles(text).word)
        except PolysmithError:
            continue
    cold_s = time.process_time() - start
    turned = [word[i:] + word[:i] for word in words for i in range(len(word))]
    start = time.process_time()
    for word in turned:
        canonical_word(word)
    interned_s = time.process_time() - start
    return {
        "keys_cold_per_s": round(min(COLD_KEYS, len(texts)) / cold_s, 1),
        "keys_interned_per_s": round(len(turned) / interned_s, 1),
    }


def smipoly_rate(seed: int) -> dict[str, float]:
    """Polymerise the same monomers, alone and in pairs, with SMiPoly and here; count chains per CPU-second."""
    import pandas as pd
    from smipoly.smip import monc, polg  # type: ignore[import-not-found]  # optional, without types

    from tools.synthesis.monomers import known_monomers

    monomers = sorted(m.smiles for m in known_monomers().values() if m.source == "SMiPoly")
    random.Random(seed).shuffle(monomers)
    monomers = monomers[:SIDE_BY_SIDE]
    start = time.process_time()
    classified = monc.moncls(df=pd.DataFrame({"SMILES": monomers}), smiColn="SMILES", dsp_rsl=False)
    made = polg.biplym(df=classified, targ=["all"], dsp_rsl=False)
    theirs_s = time.process_time() - start
    theirs = {key_of(unit) for unit in made["polym"].explode().astype(str)} - {None}
    start = time.process_time()
    pairs = combinations_with_replacement(monomers, 2)
    ours = {
        product.polymer.key
        for one, other in pairs
        for product in (react(one) if one == other else react(one, other)).products
    }
    ours_s = time.process_time() - start
    return {
        "smipoly_polymers": len(theirs),
        "smipoly_per_cpu_s": round(len(theirs) / theirs_s, 1),
        "same_monomers_polymers": len(ours),
        "same_monomers_per_cpu_s": round(len(ours) / ours_s, 1),
    }


def generate() -> tuple[int, float]:
    """Generate distinct polymers from the list of known monomers; return how many and in how much CPU time."""
    from tools.core.spec import DesignSpec
    from tools.design.enumeration import EnumerationSource

    start = time.process_time()
    count = sum(1 for _ in EnumerationSource().candidates(DesignSpec(brief=""), 30_000, 0))
    return count, time.process_time() - start


def measure(rows: list[dict[str, str]], classes: dict[str, set[str]], misses: Path | None) -> dict[str, Any]:
    """Run both directions over the records."""
    polymerise("C=C")
    routes(Polymer.from_smiles("*CCOC(=O)c1ccc(cc1)C(=O)O*"))
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    missed = []
    start = time.process_time()
    forward = [forward_hit(row) for row in rows]
    forward_s = time.process_time() - start
    polymers = [Polymer.from_smiles(plain(row["smiles"])) for row in rows]
    start = time.process_time()
    backward = [routes(polymer, 3) for polymer in polymers]
    backward_s = time.process_time() - start
    for row, ahead, found in zip(rows, forward, backward, strict=True):
        verdict = {"forward": ahead, **judge(row, found, classes)}
        for stratum in ("all", row["stratum"]):
            hits[stratum]["n"] += 1
            hits[stratum].update({name: int(value) for name, value in verdict.items()})
        if misses is not None and not (verdict["forward"] and verdict["backward"] and verdict["mechanism"]):
            missed.append({**row, **verdict, "routes": [(r.rule, [m.smiles for m in r.monomers]) for r in found]})
    if misses is not None:
        misses.write_text("\n".join(json.dumps(item) for item in missed), encoding="utf-8")
    total = hits["all"]
    generated, generated_s = generate()
    return {
        "records": total["n"],
        "forward_exact": round(total["forward"] / total["n"], 4),
        "backward_exact": round(total["backward"] / total["n"], 4),
        "backward_first": round(total["backward_first"] / total["n"], 4),
        "mechanism_accuracy": round(total["mechanism"] / max(1, total["routed"]), 4),
        "routed": round(total["routed"] / total["n"], 4),
        "forward_per_cpu_s": round(generated / generated_s, 1),
        "forward_records_per_cpu_s": round(len(rows) / forward_s, 1),
        "backward_per_cpu_s": round(len(rows) / backward_s, 1),
        "strata": {name: dict(counter) for name, counter in sorted(hits.items()) if name != "all"},
    }


if __name__ == "__main__":
    raise SystemExit(main())
