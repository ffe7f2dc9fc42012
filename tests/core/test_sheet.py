"""Tables as people export them: separators, encodings, quotes, and lines that are broken."""

from __future__ import annotations

import pytest

from tools.core.errors import InputError
from tools.core.sheet import MAX_LINE, find_column, open_sheet

NAMES = ("smiles", "psmiles", "repeat_unit", "name")


def read(tmp_path, data, column=""):
    path = tmp_path / "table.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    sheet = open_sheet(path, NAMES, column)
    return sheet, list(sheet.rows())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_way_of_writing_gives_the_same_rows(tmp_path, separator, end, encoding):
    lines = [f"Stoff{separator}Repeat Unit{separator}Tg", f"Polyäther{separator}*CCO*{separator}1", f"b{separator}*CC*"]
    sheet, rows = read(tmp_path, end.join(lines).encode(encoding))
    assert sheet.separator == separator
    assert [row.cells for row in rows] == [("Polyäther", "*CCO*", "1"), ("b", "*CC*", "")]
    assert find_column(sheet, NAMES) == 1


def test_broken_lines_lose_no_other_line(tmp_path):
    text = (
        'name,smiles\na,*CC*\n\nb,"*CC\npoly(1,4-x),*CO*\nc,*CS*,,\n"two\nlines",*CN*\nd\nx'
        + "y" * MAX_LINE
        + "\ne,*C*"
    )
    _, rows = read(tmp_path, text)
    assert [row.problem and row.problem.code for row in rows] == [
        None, "empty_line", "quote", "cells", None, None, None, "too_long", None,
    ]  # fmt: skip
    assert [row.number for row in rows] == list(range(1, 10))
    assert rows[5].cells == ("two\nlines", "*CN*")
    assert rows[6].cells == ("d", "")
    assert (rows[8].line, rows[8].cells) == (11, ("e", "*C*"))


def test_open_quote_never_swallows_rows_that_could_stand_alone(tmp_path):
    body = "".join(f"{n},*{'C' * n}*\n" for n in range(1, 40))
    _, rows = read(tmp_path, f'name,smiles\n0,"*CC*\n{body}')
    assert [row.problem is None for row in rows] == [False] + [True] * 39


def test_files_without_header(tmp_path):
    assert [row.cells for row in read(tmp_path, "PS\npoly(1,4-butylene)\n*CC*\n")[1]] == [
        ("PS",), ("poly(1,4-butylene)",), ("*CC*",),
    ]  # fmt: skip
    assert [row.cells for row in read(tmp_path, "1,*CC*\n2,*CCO*\n")[1]] == [("1", "*CC*"), ("2", "*CCO*")]
    assert read(tmp_path, "sep=;\nsmiles;v\n*CC*;1")[1][0].cells == ("*CC*", "1")


def test_columns_are_named_or_asked_for(tmp_path):
    sheet, _ = read(tmp_path, "id,my polymer\n1,*CC*\n", column="My_Polymer")
    assert find_column(sheet, NAMES, "my polymer") == 1
    assert find_column(sheet, NAMES, "2") == 1
    with pytest.raises(InputError, match="no column"):
        find_column(sheet, NAMES, "other")
    with pytest.raises(InputError, match="known name: id, my polymer"):
        read(tmp_path, "id,my polymer\n1,*CC*\n")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"PK\x03\x04 sheet", b"\x1f\x8b zipped"])
def test_what_is_no_table_is_refused(tmp_path, data):
    with pytest.raises(InputError):
        read(tmp_path, data)
