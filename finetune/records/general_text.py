"""Questions on following instructions: made by rule from a seed, each with one way to tell whether it was followed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

from tools.core.units import convert

Made = tuple[str, dict[str, Any], str]  # question, what is expected, a right reply

MATERIALS: Final = (
    "sample", "film", "membrane", "fibre", "coating", "resin", "foam", "sheet", "pellet", "adhesive", "gel", "laminate",
)  # fmt: skip
CODES: Final = ("AX", "BR", "CT", "DN", "EK", "FO", "GV", "HM")
COLOURS: Final = {
    "red": ("rot", "rouge", "rojo"), "blue": ("blau", "bleu", "azul"), "green": ("grün", "vert", "verde"),
    "white": ("weiß", "blanc", "blanco"), "black": ("schwarz", "noir", "negro"),
    "yellow": ("gelb", "jaune", "amarillo"),
}  # fmt: skip
LANGUAGES: Final = ("German", "French", "Spanish")
WORDS: Final = (
    "modulus", "solvent", "crystal", "viscosity", "tensile", "thermal", "barrier", "monomer", "catalyst", "density",
    "oxygen", "chain", "amorphous", "extrusion", "polymer", "curing", "glass", "melting", "strength", "colour",
)  # fmt: skip
_ADJUNCTS: Final = ("for all the samples", "in our laboratory", "very carefully", "today")  # 4, 3, 2 and 1 words
_UNITS: Final = (
    ("GPa", "MPa"), ("MPa", "kPa"), ("g/cm3", "kg/m3"), ("nm", "angstrom"), ("mm", "um"), ("J/kg/K", "kJ/kg/K"),
    ("bar", "kPa"), ("K", "degC"), ("degC", "K"),
)  # fmt: skip
NOT_GIVEN: Final = "not given"


def _code(rng: random.Random) -> str:
    return f"{rng.choice(CODES)}-{rng.randint(10, 999)}"


def _record(rng: random.Random) -> dict[str, Any]:
    return {
        "code": _code(rng),
        "form": rng.choice(MATERIALS),
        "thickness_um": rng.randint(5, 900),
        "colour": rng.choice(list(COLOURS)),
        "tests": rng.randint(2, 40),
    }


def _told(row: dict[str, Any]) -> str:
    return (
        f"The {row['colour']} {row['form']} {row['code']} is {row['thickness_um']} micrometres thick and was tested "
        f"{row['tests']} times."
    )


def as_json(rng: random.Random) -> Made:
    """Take named fields out of a sentence, as JSON with exactly these keys."""
    row = _record(rng)
    keys = rng.sample(list(row), rng.randint(2, 4))
    opening = rng.choice(("Extract from the text", "Read off the text", "From the text, give"))
    question = (
        f"{opening} a JSON object with exactly these keys: {', '.join(keys)}. Numbers are numbers, not texts. "
        f"Reply with the JSON and nothing else.\n\nText: {_told(row)}"
    )
    wanted = {key: row[key] for key in keys}
    return question, {"json": wanted}, json.dumps(wanted, ensure_ascii=False)


def exact_words(rng: random.Random) -> Made:
    """Write exactly so many words, one of them given."""
    number, word = rng.randint(4, 14), rng.choice(WORDS)
    phrase = rng.choice(("Write a sentence of exactly {n} words", "In exactly {n} words, write one sentence"))
    question = f'{phrase.format(n=number)} that contains the word "{word}". Reply with the sentence alone.'
    said = f"We measured the {word}"
    for adjunct in _ADJUNCTS:
        longer = f"{said} {adjunct}"
        said = longer if len(longer.split()) <= number else said
    return question, {"words": number, "contains": word}, f"{said}."


def letter_only(rng: random.Random) -> Made:
    """Answer with a letter and nothing else."""
    numbers = rng.sample(range(11, 990), 4)
    most = rng.random() < 0.5
    right = (max if most else min)(numbers)
    letter = "ABCD"[numbers.index(right)]
    choices = "\n".join(f"{key}. {value}" for key, value in zip("ABCD", numbers, strict=True))
    asked = rng.choice(("Which number is the {w}?", "Pick the {w} number."))
    question = (
        f"{asked.format(w='largest' if most else 'smallest')} Reply with the letter alone, no other character.\n\n"
        f"{choices}"
    )
    return question, {"exact": letter}, letter


def missing(rng: random.Random) -> Made:
    """Say that something is not given, where it is not; say it, where it is."""
    row = _record(rng)
    given = rng.random() < 0.4
    if given:
        key, words = rng.choice((("thickness_um", "thickness in micrometres"), ("tests", "number of tests")))
        answer = str(row[key])
    else:
        words, answer = rng.choice(("density", "melting point", "supplier", "price", "molar mass")), NOT_GIVEN
    question = (
        f"What is the {words} of {row['code']}? Use the text alone. Reply with the value alone, or with exactly "
        f'"{NOT_GIVEN}" if the text does not say it.\n\nText: {_told(row)}'
    )
    return question, {"exact": answer, "fold": True}, answer


def language(rng: random.Random) -> Made:
    """Answer one word in another language."""
    colour = rng.choice(list(COLOURS))
    place = rng.randrange(len(LANGUAGES))
    row = _record(rng) | {"colour": colour}
    question = (
        f"Which colour does {row['code']} have? Reply with one word in {LANGUAGES[place]}, in its basic form.\n\n"
        f"Text: {_told(row)}"
    )
    word = COLOURS[colour][place]
    return question, {"exact": word, "fold": True}, word


def listing(rng: random.Random) -> Made:
    """List items in a given form and order."""
    words = rng.sample(WORDS, rng.randint(3, 6))
    down = rng.random() < 0.3
    order = sorted(words, reverse=down)
    question = (
        f"Sort these words alphabetically, from {'Z to A' if down else 'A to Z'}: {', '.join(words)}. Write one a "
        'line, each line beginning with "- ", and nothing else.'
    )
    said = "\n".join(f"- {word}" for word in order)
    return question, {"exact": said}, said


def upper(rng: random.Random) -> Made:
    """Repeat a sentence in upper or lower case."""
    text = _told(_record(rng))
    high = rng.random() < 0.6
    said = text.upper() if high else text.lower()
    question = f"Repeat this sentence in {'capital' if high else 'small'} letters, otherwise unchanged: {text}"
    return question, {"exact": said}, said


def copy(rng: random.Random) -> Made:
    """Copy a text character by character."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_=()[]#"
    text = "".join(rng.choice(alphabet) for _ in range(rng.randint(10, 28)))
    question = f"Copy this text exactly, with no other character: {text}"
    return question, {"exact": text}, text


def arithmetic(rng: random.Random) -> Made:
    """Work out a small sum and answer in tags."""
    a, b, c = rng.randint(2, 60), rng.randint(2, 40), rng.randint(1, 90)
    text, value = rng.choice(
        ((f"{a} * {b} + {c}", a * b + c), (f"{a} + {b} * {c}", a + b * c), (f"({a} + {b}) * {c}", (a + b) * c))
    )
    question = f"Work out {text}. End with a line <answer>...</answer> that holds the number alone."
    return question, {"tagged": float(value), "rel": 1e-9}, f"{text} = {value}\n<answer>{value}</answer>"


def units(rng: random.Random) -> Made:
    """Convert a unit and answer in tags."""
    source, target = rng.choice(_UNITS)
    number = float(f"{rng.uniform(1, 400):.3g}")
    value = convert(number, source, target)
    question = (
        f"Convert {number:g} {source} to {target}. End with a line <answer>...</answer> that holds the number alone."
    )
    said = f"{value:.6g}"
    return question, {"tagged": value, "rel": 2e-3}, f"{number:g} {source} = {said} {target}\n<answer>{said}</answer>"


def yes_no(rng: random.Random) -> Made:
    """Answer yes or no, in one word."""
    row = _record(rng)
    bound = rng.randint(5, 900)
    right = "yes" if row["thickness_um"] > bound else "no"
    if row["thickness_um"] == bound:
        bound, right = bound - 1, "yes"
    question = (
        f"Is {row['code']} thicker than {bound} micrometres? Reply with yes or no, one word.\n\nText: {_told(row)}"
    )
    return question, {"exact": right, "fold": True}, right


def csv_row(rng: random.Random) -> Made:
    """Write rows as CSV with a header."""
    rows = [_record(rng) for _ in range(rng.randint(2, 3))]
    header = ["code", "thickness_um", "colour"]
    text = " ".join(_told(row) for row in rows)
    said = "\n".join(
        ",".join(str(item) for item in line) for line in [header, *([row[key] for key in header] for row in rows)]
    )
    question = (
        f"Write the text as CSV with the header {','.join(header)}, one line per item in the order of the text, and "
        f"nothing else.\n\nText: {text}"
    )
    return question, {"exact": said, "fence": True}, said


MAKERS: Final[dict[str, Callable[[random.Random], Made]]] = {
    "json": as_json,
    "words": exact_words,
    "letter": letter_only,
    "missing": missing,
    "language": language,
    "list": listing,
    "case": upper,
    "copy": copy,
    "arithmetic": arithmetic,
    "units": units,
    "yes_no": yes_no,
    "csv": csv_row,
}
