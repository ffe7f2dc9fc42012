"""Names to polymers by rule, and back."""

import csv
import json
import pickle
import time
from importlib.resources import files

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from tools.chemistry import handbook
from tools.chemistry.names import AmbiguousNameError
from tools.core.errors import BackendMissing, LimitError, PolysmithError, UnknownNameError
from tools.core.polymer import Polymer
from tools.naming import opsin
from tools.naming.families import by_rule, examples
from tools.naming.monomers import monomer, name_of_monomer
from tools.naming.naming import name_of
from tools.naming.resolution import CopolymerNameError
from tools.naming.resolve import identify, identify_all, resolve

NEEDS_OPSIN = pytest.mark.skipif(not opsin.available(), reason="py2opsin or Java is not installed")


def offline(text, **kwargs):
    return identify(text, systematic=False, **kwargs)


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("nylon 10,12", "*NCCCCCCCCCCNC(=O)CCCCCCCCCCC(*)=O"),
        ("PA 5.10", "*NCCCCCNC(=O)CCCCCCCCC(*)=O"),
        ("PA1212", "*NCCCCCCCCCCCCNC(=O)CCCCCCCCCCC(*)=O"),
        ("PA 69", "*NCCCCCCNC(=O)CCCCCCCC(*)=O"),
        ("polyamide 13", "*NCCCCCCCCCCCCC(*)=O"),
        ("nylon 12T", "*NCCCCCCCCCCCCNC(=O)c1ccc(C(*)=O)cc1"),
        ("PA MXD10", "*NCc1cccc(CNC(=O)CCCCCCCCC(*)=O)c1"),
        ("poly(hexamethylene suberate)", "*OCCCCCCOC(=O)CCCCCCC(*)=O"),
        ("poly(decamethylene sebacamide)", "*NCCCCCCCCCCNC(=O)CCCCCCCCC(*)=O"),
        ("poly(pentamethylene carbonate)", "*OCCCCCOC(*)=O"),
        ("poly(bisphenol A isophthalate)", "*Oc1ccc(C(C)(C)c2ccc(OC(=O)c3cccc(C(*)=O)c3)cc2)cc1"),
        ("poly(m-phenylene adipate)", "*Oc1cccc(OC(=O)CCCCC(*)=O)c1"),
        ("poly(octamethylene oxide)", "*CCCCCCCCO*"),
        ("poly(suberic anhydride)", "*OC(=O)CCCCCCC(*)=O"),
        ("poly(3-hydroxyoctanoate)", "*OC(CCCCC)CC(*)=O"),
        ("poly(3-chloro-4-methoxystyrene)", "*CC(*)c1ccc(OC)c(Cl)c1"),
        ("poly(2-ethoxyethyl acrylate)", "*CC(*)C(=O)OCCOCC"),
        ("poly[N-(4-chlorophenyl)maleimide]", "*C1C(=O)N(c2ccc(Cl)cc2)C(=O)C1*"),
        ("poly[(hexane-1,6-diol)-alt-(decanedioyl dichloride)]", "*OCCCCCCOC(=O)CCCCCCCCC(*)=O"),
        ("poly(styrene-alt-N-phenylmaleimide)", "*CC(c1ccccc1)C1C(=O)N(c2ccccc2)C(=O)C1*"),
        ("syndiotactic poly(4-ethylstyrene)", "*CC(*)c1ccc(CC)cc1"),
        ("3,4-polyisoprene", "*CC(*)C(C)=C"),
        ("1,2-polyisoprene", "*CC(*)(C)C=C"),
        ("trans-1,4-poly(2-ethyl-1,3-butadiene)", "*C/C=C(\\CC)C*"),
        ("poly(pyromellitic dianhydride-co-4,4'-oxydianiline)",
         "*c1ccc(Oc2ccc(N3C(=O)c4cc5C(=O)N(*)C(=O)c5cc4C3=O)cc2)cc1"),
        ("BPDA/PDA", "*c1ccc(N2C(=O)c3ccc(-c4ccc5c(c4)C(=O)N(*)C5=O)cc3C2=O)cc1"),
        ("6FDA-durene",
         "*N1C(=O)c2ccc(C(C(F)(F)F)(C(F)(F)F)c3ccc4c(c3)C(=O)N(c3c(C)c(C)c(*)c(C)c3C)C4=O)cc2C1=O"),
    ],
)  # fmt: skip
def test_names_are_read_by_rule(text, smiles):
    assert offline(text).polymer == Polymer.from_smiles(smiles)


def test_what_the_structure_cannot_hold_is_said():
    assert "isotactic" in offline("isotactic poly(4-ethylstyrene)").notes[0]
    found = offline("poly[(1,2-propanediol)-alt-(2,4-toluene diisocyanate)]")
    assert "which way round" in found.notes[0]


@pytest.mark.parametrize(
    "text", ["poly(2-ethyl-1,3-butadiene)", "poly(propylene succinate)", "poly(phenylene succinate)",
             "poly[(3,3'-diamino-4,4'-dihydroxybiphenyl)-alt-x]"],
)  # fmt: skip
def test_unclear_names_give_choices_or_nothing(text):
    with pytest.raises((AmbiguousNameError, UnknownNameError)) as caught:
        offline(text)
    if isinstance(caught.value, AmbiguousNameError):
        assert len(caught.value.choices) >= 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("poly(styrene-co-methyl methacrylate)", {"*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC"}),
        ("polystyrene-block-poly(methyl methacrylate)", {"*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC"}),
        ("PS-b-PMMA", {"*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC"}),
        ("PA 6/12", {"*NCCCCCC(*)=O", "*NCCCCCCCCCCCC(*)=O"}),
        ("EVA", {"*CC*", "*CC(*)OC(C)=O"}),
        ("poly(glycolic-co-3-hydroxybutyric acid)", {"*OCC(*)=O", "*OC(C)CC(*)=O"}),
    ],
)
def test_a_copolymer_is_never_one_of_its_parts(text, parts):
    with pytest.raises(CopolymerNameError) as caught:
        offline(text)
    assert {Polymer.from_smiles(smiles) for _, smiles in caught.value.parts} == set(map(Polymer.from_smiles, parts))
    assert pickle.loads(pickle.dumps(caught.value)).parts == caught.value.parts


@pytest.mark.parametrize(
    ("short", "of_class", "name"),
    [
        ("PBT", "polyester", "poly(butylene terephthalate)"),
        ("PBT", "polybenzothiazole", "poly(p-phenylene benzobisthiazole)"),
        ("PEI", "polyimides", "poly(ether imide) (Ultem 1000)"),
        ("PEI", "polyamine", "linear polyethylenimine"),
        ("PBO", "polybenzoxazole", "poly(p-phenylene benzobisoxazole)"),
        ("PBO", "polyether", "poly(1,2-butylene oxide)"),
        ("PSA", "polyanhydride", "poly(sebacic anhydride)"),
        ("PBA", "aramid", "poly(p-benzamide)"),
        ("PGA", "polyester", "poly(glycolic acid)"),
    ],
)
def test_the_class_decides_an_abbreviation(short, of_class, name):
    found = offline(short, polymer_class=of_class).polymer
    assert found == next(entry.polymer for entry in handbook.load() if entry.name == name)


def test_a_class_that_does_not_decide_leaves_the_question():
    with pytest.raises(AmbiguousNameError):
        offline("PLA", polymer_class="polyester")
    with pytest.raises(UnknownNameError, match="is no"):
        offline("PMMA", polymer_class="polyimide")
    with pytest.raises(UnknownNameError, match="class"):
        offline("PMMA", polymer_class="polyfoo")


@pytest.mark.parametrize(
    "text",
    ["poly(" * 1000, "poly(" * 60 + "styrene" + ")" * 60, "poly(styrene\nethylene)\x00", "x" * 100_000, "poly()",
     "polypolypolystyrene" * 20, "poly[" + "(2-" * 11 + ")" * 11 + "]", "poly(-alt-)", "nylon 999999999999",
     "poly(styrene); rm -rf /", "-jar /etc/passwd", "poly(" + "1,2," * 110 + "x)", "PA 0", "nylon 99,1", ")(",
     "2-" * 240 + "methylstyrene", "poly(" + "2-methyl-" * 50 + "styrene)"],
)  # fmt: skip
def test_hostile_names_are_refused_quickly(text):
    start = time.process_time()
    with pytest.raises(PolysmithError):
        resolve(text, systematic=False)
    assert time.process_time() - start < 2


def test_every_listed_name_has_the_formula_of_its_structure():
    text = files("tools.naming").joinpath("data/monomer_names.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) > 800
    for row in rows:
        assert CalcMolFormula(Chem.MolFromSmiles(row["smiles"])) == row["formula"], row["name"]
        assert monomer(row["name"]) == Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"])), row["name"]


def test_examples_of_the_families_are_read_and_named_again():
    for name in examples()[::7]:
        assert by_rule(name), name
        assert monomer(name_of_monomer(by_rule(name))) == by_rule(name), name


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("*CC(*)c1ccc(CC)cc1", "poly(4-ethylstyrene)"),
        ("*OCCCCCCOC(=O)CCCCCCC(*)=O", "poly(hexamethylene suberate)"),
        ("*NCCCCCCNC(=O)CCCCCCCC(*)=O", "poly(hexamethylene azelamide)"),
        ("*CC(*)(C)C=C", "1,2-poly(isoprene)"),
        ("*CC(c1ccccc1)C1C(=O)N(c2ccccc2)C(=O)C1*", "poly[styrene-alt-(N-phenylmaleimide)]"),
        ("*CC(*)c1ccc(C2CC2C(F)Cl)cc1", ""),
    ],
)
def test_a_polymer_is_named_after_its_monomers(smiles, name):
    assert name_of(Polymer.from_smiles(smiles)) == name


def test_a_name_that_leaves_a_way_open_only_describes():
    named = name_of(Polymer.from_smiles("*OC(C)COC(=O)Nc1ccc(C)c(NC(*)=O)c1"))
    assert named.startswith("polyurethane from ")


def test_names_made_are_read_back_to_the_same_polymer():
    sources = ("C=C(C)C(=O)OCCCCCC", "C=Cc1cccc(Br)c1", "CCCCCC1=NCCO1", "C=CCCCCCCCC", "C#Cc1ccc(CCCC)cc1")
    from tools.synthesis.forward import polymerise

    for monomer_smiles in sources:
        made = polymerise(monomer_smiles)[0].polymer
        assert resolve(name_of(made), systematic=False) == made


@NEEDS_OPSIN
@pytest.mark.parametrize(
    ("text", "smiles", "method"),
    [
        ("poly(oxy-1,4-phenylene)", "*Oc1ccc(*)cc1", "structure-based name"),
        ("poly[imino(1-oxohexane-1,6-diyl)]", "*NCCCCCC(*)=O", "structure-based name"),
        ("poly[4-(4-cyanophenoxy)butyl acrylate]", "*CC(*)C(=O)OCCCCOc1ccc(C#N)cc1", "source-based name"),
    ],
)
def test_systematic_names_are_read_by_opsin(text, smiles, method):
    found = identify(text)
    assert (found.polymer, found.method) == (Polymer.from_smiles(smiles), method)


@NEEDS_OPSIN
def test_many_names_start_opsin_once(monkeypatch):
    calls = []
    ask = opsin._ask
    monkeypatch.setattr(opsin, "_ask", lambda names: calls.append(len(names)) or ask(names))
    texts = [f"poly({n}-[4-(methylsulfonyl)phenyl]but-1-ene)" for n in (3, 4)] + ["polystyrene", "poly(nonsenseol)"]
    found = identify_all(texts, suggest=False)
    assert len(calls) == 1
    assert [isinstance(item, PolysmithError) for item in found] == [False, False, False, True]


@NEEDS_OPSIN
def test_what_opsin_calls_ambiguous_is_not_read():
    assert opsin.structures(["oxydianiline", "4-methylstyrene", "a\nb", "ü"]) == {
        "oxydianiline": "", "4-methylstyrene": "CC1=CC=C(C=C)C=C1", "a\nb": "", "ü": "",
    }  # fmt: skip


@NEEDS_OPSIN
def test_opsin_is_stopped_at_its_time_limit(monkeypatch):
    monkeypatch.setattr(opsin, "SECONDS_TO_START", 0.01)
    monkeypatch.setattr(opsin, "SECONDS_EACH", 0.0)
    with pytest.raises(LimitError):
        opsin.structures(["3-(4-propylphenyl)heptane"])


def test_without_opsin_the_command_that_installs_it_is_given(monkeypatch):
    monkeypatch.setattr(opsin, "jar", lambda: None)
    with pytest.raises(BackendMissing, match="py2opsin"):
        identify("poly[imino(1-oxoicosane-1,20-diyl)]")
    with pytest.raises(UnknownNameError, match="polystyrene"):
        identify("polystyren")


def test_the_name_command_answers_both_ways(capsys):
    from typer.testing import CliRunner

    from polysmith.cli.app import app

    run = CliRunner().invoke
    made = run(app, ["name", "PBT", "--class", "polyester", "--json"])
    assert json.loads(made.output)["name"] == "poly(butylene terephthalate)"
    back = run(app, ["name", "*CC(*)c1ccc(CC)cc1"])
    assert "poly(4-ethylstyrene)" in back.output
    assert run(app, ["name", "PBT"]).exit_code == 2


def test_a_question_may_name_a_polymer_that_no_handbook_holds():
    from agent.ask import mentioned_polymers

    named = mentioned_polymers("What is the Tg of poly(2-ethoxyethyl acrylate), and why?")
    assert named == [("poly(2-ethoxyethyl acrylate)", Polymer.from_smiles("*CC(*)C(=O)OCCOCC"))]
    assert mentioned_polymers("Is poly(styrene-co-nonsense) stiff?") == []
