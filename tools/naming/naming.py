"""From a polymer to a name: the handbook's, else one built from the monomers of its best route, checked by reading it.

A name is only given if reading its monomers forwards gives this polymer and no other; otherwise the polymer is
described ("polyamide from A and B"), or not named at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tools.chemistry import names
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.naming.condensation import condensation
from tools.naming.lookup import Lookup
from tools.naming.monomers import name_of_monomer
from tools.naming.source import from_monomers

# Linkage to what its polymers are called in "polyamide from A and B".
_NOUNS: Final = {
    "imide": "polyimide", "amide": "polyamide", "aramid": "polyamide", "ester": "polyester",
    "aryl_ester": "polyarylate", "urethane": "polyurethane", "aryl_urethane": "polyurethane", "urea": "polyurea",
    "carbonate": "polycarbonate", "aryl_carbonate": "polycarbonate", "benzimidazole": "polybenzimidazole",
    "benzoxazole": "polybenzoxazole", "benzothiazole": "polybenzothiazole", "imine": "polyazomethine",
    "aryl_ether": "poly(aryl ether)", "aryl_thioether": "poly(aryl sulfide)", "anhydride": "polyanhydride",
    "hydrazide": "polyhydrazide", "thioester": "polythioester", "epoxy_phenol": "poly(hydroxy ether)",
}  # fmt: skip
_GROUPS: Final = (
    "methylene", "ethylene", "trimethylene", "butylene", "pentamethylene", "hexamethylene", "heptamethylene",
    "octamethylene", "nonamethylene", "decamethylene", "undecamethylene", "dodecamethylene",
)  # fmt: skip


def name_of(polymer: Polymer) -> str:
    """Name a polymer.

    Parameters
    ----------
    polymer : Polymer
        Any polymer.

    Returns
    -------
    str
        Handbook name, source-based name, or "class from A and B"; empty if the monomers have no names.
    """
    return names.name_of(polymer) or _worked_out(polymer)


@lru_cache(maxsize=4096)
def _worked_out(polymer: Polymer) -> str:
    from tools.synthesis.retro import routes as find

    try:
        found = find(polymer, 1)
    except PolysmithError:
        return ""
    if not found or not found[0].verified:
        return ""
    return _from_route(polymer, found[0].rule, tuple((item.smiles, item.name) for item in found[0].monomers))


def _from_route(polymer: Polymer, rule: str, monomers: tuple[tuple[str, str], ...]) -> str:
    called = [_plain(name) or name_of_monomer(smiles) for smiles, name in monomers]
    if not all(called):
        return ""
    made = from_monomers([smiles for smiles, _ in monomers])
    sound = len(made) == 1 and made[0].polymer.key == polymer.key and not made[0].notes
    if len(called) == 1:
        return f"poly({called[0]})" if sound else _of_diene(polymer, monomers[0][0], called[0])
    if rule == "alternating":
        return f"poly[{_part(called[0])}-alt-{_part(called[1])}]" if sound else ""
    half = _half_systematic(polymer, monomers)
    if half:
        return half
    noun = _NOUNS.get(rule, "polymer")
    return f"{noun} from {called[0]} and {called[1]}"


def _plain(name: str) -> str:
    """Drop the abbreviation after a listed name: "4,4'-oxydianiline (ODA)"."""
    return re.sub(r" \([A-Z0-9]{2,8}\)$", "", name)


def _part(name: str) -> str:
    return f"({name})" if re.search(r"[\s\d,-]", name) else name


def _of_diene(polymer: Polymer, smiles: str, name: str) -> str:
    """Name one of the polymers of a diene or of a cyclic olefin by what tells them apart."""
    for mode in ("1,4", "1,2", "3,4"):
        found = from_monomers([smiles], diene=mode)
        if len(found) == 1 and found[0].polymer.key == polymer.key:
            return f"{mode}-poly({name})"
    found = from_monomers([smiles])
    rules = {item.rule for item in found}
    ours = next((item for item in found if item.polymer.key == polymer.key), None)
    if ours is None or ours.notes or "cyclic_olefin" not in rules:
        return ""
    way = "addition" if ours.rule == "cyclic_olefin" else "ring-opening metathesis"
    return f"poly({name}) by {way} polymerisation"


def _half_systematic(polymer: Polymer, monomers: tuple[tuple[str, str], ...]) -> str:
    """Build "poly(hexamethylene adipamide)" and keep it only if it reads back to the polymer."""
    for one, other in (monomers, monomers[::-1]):
        ends = re.fullmatch(r"([ON])(C{1,12})\1", one[0])
        acid = re.fullmatch(r"([a-z0-9,'-]+)ic acid", _plain(other[1]) or name_of_monomer(other[0]))
        if ends and acid:
            stem = acid[1].replace("azela", "azel")
            last = f"{stem}ate" if ends[1] == "O" else f"{re.sub('carboxyl$', 'carbox', stem)}amide"
            name = f"{_GROUPS[len(ends[2]) - 1]} {last}"
            reading = condensation(name, Lookup())
            if reading and len(reading.made) == 1 and reading.made[0].polymer.key == polymer.key:
                return f"poly({name})"
    return ""
