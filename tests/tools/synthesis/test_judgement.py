"""What disturbs a polymerisation: conflicts, crowding, groups of concern, unstable motifs, novelty."""

import json
from dataclasses import replace

import pytest

from tools.chemistry import handbook
from tools.core.errors import InputError, UnknownNameError
from tools.core.polymer import Polymer
from tools.synthesis import conflicts as conflict_tables
from tools.synthesis import hazards, motifs, sterics, strain, thermodynamics
from tools.synthesis.conflicts import conflicts, selectivity
from tools.synthesis.feasibility import assess, judge
from tools.synthesis.hazards import concerns
from tools.synthesis.monomers import resolve_monomer
from tools.synthesis.motifs import two_units, unstable_motifs
from tools.synthesis.novelty import PolymerList, novelty
from tools.synthesis.plan import making_of, polymerised
from tools.synthesis.query import compile_query
from tools.synthesis.retro import routes
from tools.synthesis.stereo import routes_of, without_stereo
from tools.synthesis.sterics import congested, crowding

IMPOSSIBLE = [
    "*CC(O)(O)*",
    "*CC(*)C(O)(O)C",
    "*CCOO*",
    "*CC(*)OOC",
    "*CC(*)C(O)=C",
    "*CC(*)NC(=O)O",
    "*CC(*)OC(=O)O",
    "*CC(*)C(O)OC",
    "*CC(*)C(O)N(C)C",
    "*CC(*)C(N)N",
    "*CC(*)C1=C=CC1",
    "*CC(*)C1CCC#CC1",
    "*CC(*)C1=CC1",
    "*CC(*)C1=C2CCC(C1)C2",
    "*CC(*)N(Cl)C",
    "*CC(*)OF",
    "*CC(*)SOC",
    "*NNN*",
    "*CC(*)N(C)N=O",
    "*CC(*)C=C=O",
    "*CC(*)C(=O)N=[N+]=[N-]",
    "*CC(*)C(Cl)N(C)C",
    "*CC(*)C(=[N+]=[N-])C",
    "*CC(CN)C(*)C(=O)Cl",
    "*CC(CN)C(*)N=C=O",
    "*CC(CCN)CC(*)C1CO1",
    "*C(C)(c1ccccc1)C(*)(C)c1ccccc1",
    "*C(C)(C)C(*)(C)C",
    "*CC(*)(c1ccccc1)c1ccccc1",
    "*CC(*)(C(C)(C)C)C(C)(C)C",
    "*CC(*)C#CO",
    "*CC(*)C1=CC=C1",
    "*CC(*)P",
    "*CC(*)B",
    "*CC(*)SCl",
    "*C=[SiH]*",
    "*CC(*)C1OO1",
    "*CC(*)C(=S)C",
    "*ONCC*",
    "*C#CC#CC#C*",
    "*C(C(C)(C)C)C(*)C(C)(C)C",
    "*CC(*)C(O)(O)O",
    "*CC(*)C1COO1",
    "*CC(*)N=NN",
]


def test_known_polymers_are_told_from_impossible_ones():
    entries = {entry.polymer.key: entry for entry in handbook.load()}
    good = [assess(entries[key].polymer).score for key in sorted(entries)[::5]]
    bad = [assess(Polymer.from_smiles(unit)).score for unit in IMPOSSIBLE]
    wins = sum((one > other) + 0.5 * (one == other) for one in good for other in bad)
    assert wins / (len(good) * len(bad)) > 0.97
    assert max(bad) < 0.5 and sorted(good)[len(good) // 2] > 0.9


def test_every_pattern_compiles():
    tables = [
        [smarts for rows in conflict_tables._TABLE.values() for (_, smarts), _, _ in rows],
        [smarts for _, smarts in hazards._CONCERNS],
        [row[0] for row in (*sterics._ALKENES, *sterics._GROUPS)],
        list(strain._QUERIES.values()),
        [row[0] for row in thermodynamics._VINYLS.values()],
        [*motifs._UNSTABLE.values(), *motifs._REACTIVE.values(), *motifs._NUCLEOPHILES.values()],
        [smarts for smarts, _ in motifs._ELECTROPHILES.values()],
    ]
    assert all(compile_query(smarts) for table in tables for smarts in table)


def test_judging_a_route_needs_no_search(monkeypatch):
    polymer = Polymer.from_smiles("*CC(*)c1ccccc1")
    route = routes(polymer, 1)[0]
    monkeypatch.setattr("tools.synthesis.feasibility.routes_of", None)
    assert judge(polymer, route) == assess(polymer, route)
    assert judge(polymer, None).score < judge(polymer, route).score


def test_conflicts_name_the_group_and_what_it_does():
    styrene = routes(Polymer.from_smiles("*CC(*)c1ccccc1"), 1)[0]
    assert conflicts(styrene) == () and selectivity(()) == 1.0
    nitro = routes(Polymer.from_smiles("*CC(*)c1ccc([N+](=O)[O-])cc1"), 1)[0]
    (found,) = conflicts(nitro)
    assert found.group == "nitro group" and "retards" in found.text
    branched = routes(Polymer.from_smiles("*CCOC(=O)c1cc(O)cc(c1)C(=O)O*"), 1)[0]
    assert "phenol" in {item.group for item in conflicts(branched)}
    twice = replace(branched, competing=("amine", "phenol"))
    assert selectivity(conflicts(twice)) < selectivity(conflicts(branched)) < 1


@pytest.mark.parametrize(
    ("monomer", "chain", "below"),
    [
        ("CC(c1ccccc1)=C(C)c1ccccc1", True, 0.1),
        ("C=C(c1ccccc1)c1ccccc1", True, 0.2),
        ("CC=C(C)C", True, 0.3),
        ("CC=CC", True, 0.5),
        ("Nc1c(C(C)(C)C)cc(C)cc1C(C)(C)C", False, 0.5),
    ],
)
def test_crowded_monomers(monomer, chain, below):
    (found,) = crowding(monomer, chain_growth=chain)
    assert found.factor <= below and found.text


@pytest.mark.parametrize(
    "monomer", ["C=C", "C=C(C)C(=O)OC", "FC(F)=C(F)F", "FC(F)=C(F)C(F)(F)F", "C=CC=C", "C=C(Cl)Cl"]
)
def test_common_monomers_are_not_crowded(monomer):
    assert crowding(monomer, chain_growth=True) == ()


def test_crowded_chains():
    assert congested(two_units(Polymer.from_smiles("*C(C)(C)C(*)(C)C"))) is not None
    for unit in ("*CC(*)(C)C(=O)OC", "*C(F)(F)C(*)(F)F", "*CC(*)(C)C", "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(*)=O"):
        assert congested(two_units(Polymer.from_smiles(unit))) is None


def test_groups_of_concern():
    assert {item.group for item in concerns("O=C=Nc1ccc(Cc2ccc(N=C=O)cc2)cc1")} == {"isocyanate"}
    assert "bisphenol" in {item.group for item in concerns("CC(C)(c1ccc(O)cc1)c1ccc(O)cc1")}
    assert "primary aromatic amine" in {item.group for item in concerns("Nc1ccc(Oc2ccc(N)cc2)cc1")}
    assert concerns("OCCO") == ()
    assert not any("H3" in concern.text or "H2" in concern.text for concern, _ in hazards._CONCERNS)


def test_groups_of_concern_reach_the_warnings():
    found = assess(Polymer.from_smiles("*CC(*)C(=O)N"))
    assert any("Group of concern in acrylamide" in text for text in found.warnings)


def test_isocyanates_and_carbodiimides_are_no_cumulenes():
    polymer = Polymer.from_smiles("*N=C=Nc1ccc(*)cc1")
    assert unstable_motifs(polymer.mol) == []


def test_bredt():
    assert unstable_motifs(Polymer.from_smiles("*CC(*)C1=C2CCC(C1)C2").mol)
    assert unstable_motifs(Polymer.from_smiles("*CC(*)C1CC2C=CC1C2").mol) == []


def test_where_a_polymer_is_known(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("label,smiles\na,*CC(*)c1ccc(F)cc1C#N\n\nb,*OCC*\n", encoding="utf-8")
    own = PolymerList.from_file(path)
    new = Polymer.from_smiles("*CC(*)c1ccc(F)cc1C#N")
    assert not novelty(new).known and novelty(new, [own]).known_in == ("ours.csv",)
    known = novelty(Polymer.from_smiles("*CC(*)c1ccccc1"), [own])
    assert set(known.known_in) == {"handbook", "training sets of the property models"}
    assert known.nearest[0].similarity == 1.0 and len(known.nearest) == 3
    assert novelty(new, nearest=False).nearest == ()
    assert "nearest" in novelty(new).text and json.dumps(novelty(new).text)


def test_novelty_sets_stereo_aside():
    marked = Polymer.from_smiles("*CC/C=C/CC(*)c1ccccc1")
    assert without_stereo(marked) == Polymer.from_smiles("*CCC=CCC(*)c1ccccc1")
    own = PolymerList("ours", (without_stereo(marked),))
    assert novelty(marked, [own]).without_stereo_in == ("ours",)


def test_a_stereo_form_has_the_routes_of_its_chain():
    rubber = Polymer.from_smiles("*C/C=C\\C*")
    (route,) = routes_of(rubber, 1)
    assert [monomer.smiles for monomer in route.monomers] == ["C=CC=C"] and "stereo" in route.note
    assert assess(rubber).score > 0.9
    (plain,) = routes_of(Polymer.from_smiles("*CC=CC*"), 1)
    assert "stereo" not in plain.note


def test_a_list_with_a_broken_row_names_it(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("smiles\n*CC*\nCCO\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 3"):
        PolymerList.from_file(path)


def test_monomers_by_name():
    assert resolve_monomer("Styrene") == "C=Cc1ccccc1" and resolve_monomer(" C=C ") == "C=C"
    with pytest.raises(UnknownNameError):
        resolve_monomer("unobtainium")


def test_a_making_is_plain_data():
    found = making_of(Polymer.from_smiles("*CC(*)(C)C(=O)OC"), 2).as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["routes"][0]["thermodynamics"]["ceilings"][0]["temperature"] > 500
    assert making_of(Polymer.from_smiles("*CC(N)(N)*")).as_dict()["feasibility_without_route"]["score"] < 0.3


def test_polymerising_reports_networks():
    found = polymerised(("OCC(O)CO", "O=C(O)CCC(=O)O"))
    assert not found["products"] and found["networks"]
    assert json.dumps(polymerised(("styrene",)))


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("*CC(*)C(F)(F)F", True), ("*C(F)(F)C(*)(F)Cl", True), ("*C(F)(Cl)C(*)(F)Cl", False), ("*CC(*)(F)F", True),
        ("*CC(*)C(F)(F)Br", False), ("*CC(*)C(F)F", False), ("*CC(*)c1ccc(F)c(F)c1", False), ("*CC(*)OC(F)(F)F", True),
        ("*c1ccc(*)cc1", False), ("*CC(*)[Se]C(F)(F)[Se]C", True),
    ],
)  # fmt: skip
def test_the_oecd_definition_of_pfas(smiles, expected):
    assert motifs.is_pfas(Polymer.from_smiles(smiles).mol) is expected
