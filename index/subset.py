"""Which papers are taken: a field (polymers, materials), languages, years, topics; the rule is ours and is measured.

The rule reads the subjects that a provider gives and the words of title and text. It is tuned not to lose polymers: one
word that only polymer papers use keeps a paper. Precision and recall are in docs/experiments.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.document import Document
from tools.core.errors import InputError

FIELDS = ("polymers", "materials")
_HEAD = 1_500  # characters of title and text in which one sure word is enough: an abstract
_READ = 4_000  # characters that are looked at: the first page of a full text
_LIKELY_NEEDED = 3  # different words that mostly polymers use
_MATERIALS_NEEDED = 2

_WORD = re.compile(r"[A-Za-z0-9]+")


def _stems(terms: str) -> re.Pattern[str]:
    """One pattern that a whole lower-case word matches if it is one of the terms; ``*`` stands for any letters."""
    return re.compile("|".join(term.replace("*", "[a-z0-9]*") for term in terms.split()))


# Words that only texts on polymers use. "poly" alone is what remains of "poly(methyl methacrylate)". After "poly",
# stems are listed: polyphenols, polymerases, polymorphs, polycrystals and polynomials are no polymers.
_CHAINS = """acetal acetylen acryl adipate alkanoate alkyl amic amid amine ampholyt anhydride anilin aramid aryl
    azomethine benzimidazole benzoxazine butadien buten butyl caprolact carbonate carbosilane chloroprene crotonate
    cyanurate dien dimethyl dioxanone dopamine electrolyt epoxid ester ether ethylen fluor glutamat glycerol glycol
    hydroxy imid indole isobutyl isocyan isopren ketal ketone lact lysine methacryl methyl naphth norborn olefin
    organosil oxa oxymethylene penten phenyl phosph propyl pyrrol quinol quinox rotaxan saccharide silan silox silaz
    stannane styr succinate sulfid sulfon sulphid sulphon terephthal tetrafluoro thio triazol urea urethan vinyl
    xylylene zwitterion condens addition"""
_SURE = _stems(
    """poly *polymer(?!as)* plastics? microplastics? bioplastics? nanoplastics? thermoplastic* thermoset* *elastomer*
    rubber* resins? *oresins? epoxy epoxies nylons? aramids? kevlar teflon nafion kapton parylene hydrogels?
    organogels? microgels? nanogels? dendrimer* dendron* macromolecul* macromonomer* vitrimer* ionomer* silicones?
    polyols? chitosan *cellulose *cellulosic lignin* alginates? bottlebrush* polyplex* diblock triblock telechelic*
    vulcanis* vulcaniz* """
    + " ".join(f"{prefix}poly{stem}*" for stem in _CHAINS.split() for prefix in ("", "co", "homo", "ter"))
)
_NAMES = frozenset(
    (
        *("PMMA", "PVDF", "PTFE", "PEEK", "PEKK", "PDMS", "PLLA", "PDLA", "PDLLA", "PLGA", "PCL", "PEO"),
        *("PEGDA", "PVC", "PVAc", "PVP", "HDPE", "LDPE", "LLDPE", "UHMWPE", "iPP", "sPP", "P3HT", "PEDOT"),
        *("PCPDTBT", "PTB7", "PBAT", "PHB", "PHBV", "PNIPAM", "PNIPAAm", "PAMAM", "PBO", "PBI", "SEBS", "EPDM"),
        *("SBR", "NBR", "PVB", "PTMSP", "SPEEK", "PANI", "POSS", "ATRP", "ROMP"),
    )
)
_LIKELY = _stems(
    """*crosslink* *monomers? oligomer* polydispers* *gels? gelation blends? foams? *fibres? *fibers? *membranes? latex
    starch gelatin collagen silk wool cotton adhesives? coatings? lamell* spherulit* crystallinity crystallites?
    entanglement* viscoelastic* rheolog* electrospun electrospinning extru* nanocomposites? filler* isotactic
    syndiotactic atactic tacticity curing cured plasticisers? plasticizers? miscib* laminates? prepreg* permeability
    permselectiv* dianhydride diamines? diisocyanate"""
)
_PHRASES = (
    *(
        "cross-link",
        "glass transition",
        "molecular weight",
        "side chain",
        "repeat unit",
        "repeating unit",
        "chain length",
    ),
    *(
        "gas permeation",
        "ion exchange capacity",
        "ion-exchange capacity",
        "free radical",
        "free-radical",
        "melt spinning",
    ),
    *("melt blending", "melt mixing", "melt viscosity", "injection mold", "injection mould", "degree of substitution"),
)
_MATERIALS = _stems(
    """materials? alloys? ceramics? composites? nano* films? coatings? steels? glass glasses crystals?
    semiconductor* perovskite* graphene oxides? catal* battery batteries electrolyte* membranes? adsor* mofs?
    zeolite* microstructure* corrosion sintering photovoltaic* dielectric* ferroelectric* magnetic bandgaps?
    surfactant* colloid*
    synthes* chemi*"""
)
_SUBJECTS = {
    "polymers": re.compile(
        r"polymer(?!as)|plastic(?!ity)|elastomer|rubber|resin|hydrogel|macromolec|dendrimer|epoxy", re.I
    ),
    "materials": re.compile(
        r"material|polymer(?!as)|chemi(?:stry|cal)|metallurg|ceramic|nanotech|composite|crystallogr|condensed matter"
        r"|cond-mat",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Subset:
    """Which documents are taken; a condition that is left out lets everything pass.

    Attributes
    ----------
    field : str
        ``"polymers"``, ``"materials"`` (which includes polymers), or empty.
    languages : tuple of str
        ISO 639-1 codes; a document of unknown language passes.
    year_from, year_to : int or None
        First and last year; a document of unknown year passes neither.
    topics : tuple of str
        One of these stands in one of the document's subjects, whatever the case.
    retracted : bool
        Whether retracted papers are taken.

    Raises
    ------
    InputError
        If the field is unknown, a language is no code, or the years are in the wrong order.
    """

    field: str = ""
    languages: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    topics: tuple[str, ...] = ()
    retracted: bool = True

    def __post_init__(self) -> None:
        if self.field and self.field not in FIELDS:
            raise InputError(f"No field {self.field!r} is known.", hint=f"Give one of: {', '.join(FIELDS)}.")
        if any(len(code) != 2 or not code.isalpha() or code != code.casefold() for code in self.languages):
            raise InputError("A language is not an ISO 639-1 code.", hint="Give codes such as en, de or zh.")
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise InputError(
                f"No year is from {self.year_from} to {self.year_to}.", hint="Give the earlier year first."
            )

    @property
    def signature(self) -> str:
        """Text that differs where the subset differs; a file read for one subset is read again for another."""
        return "" if self == Subset() else repr(self)

    def admits(self, document: Document) -> bool:
        """Say whether a document is taken.

        Parameters
        ----------
        document : Document
            As a reader made it, with its subjects.

        Returns
        -------
        bool
            True if it meets every condition.
        """
        if self.languages and document.language and document.language not in self.languages:
            return False
        if self.year_from is not None and (document.year is None or document.year < self.year_from):
            return False
        if self.year_to is not None and (document.year is None or document.year > self.year_to):
            return False
        if document.retracted and not self.retracted:
            return False
        if self.topics:
            subjects = "\n".join(document.subjects).casefold()
            if not any(topic.casefold() in subjects for topic in self.topics):
                return False
        return not self.field or in_field(document, self.field)


def in_field(document: Document, field: str) -> bool:
    """Say whether a document belongs to a field.

    Parameters
    ----------
    document : Document
        Title, text and subjects are read.
    field : str
        ``"polymers"`` or ``"materials"``.

    Returns
    -------
    bool
        For polymers: a subject names them; or a word that only polymers use stands in the first 1,500 characters of
        title and text, or two of them on the first page; or three different words that mostly polymers use. For
        materials: polymers, a subject, or two different words of materials science.
    """
    if any(_SUBJECTS[field].search(subject) for subject in document.subjects):
        return True
    text = f"{document.title}\n{document.text[:_READ]}"
    kinds = [(word, _kind(word)) for word in _WORD.findall(text[:_HEAD])]
    if any(kind == "sure" for _, kind in kinds):
        return True
    likely = {word.casefold() for word, kind in kinds if kind == "likely"}
    lowered = text[:_HEAD].casefold()
    if len(likely) + sum(phrase in lowered for phrase in _PHRASES) >= _LIKELY_NEEDED:
        return True
    if sum(_kind(word) == "sure" for word in _WORD.findall(text[_HEAD:_READ])) > 1:
        return True
    return field == "materials" and len({word.casefold() for word, kind in kinds if kind}) >= _MATERIALS_NEEDED


@lru_cache(maxsize=200_000)
def _kind(word: str) -> str:
    """Which list a word is on; texts repeat their words, so nearly every answer is remembered."""
    lowered = word.casefold()
    if word in _NAMES or _SURE.fullmatch(lowered):
        return "sure"
    if _LIKELY.fullmatch(lowered):
        return "likely"
    return "material" if _MATERIALS.fullmatch(lowered) else ""
