"""The gate's questions can be told right from wrong by rule, and none of them is trained on."""

from __future__ import annotations

import json

import pytest

from finetune.records.gate_items import calls_of, json_of
from finetune.records.general import KINDS, check, gate_set, general_records
from tools.core.errors import InputError


@pytest.fixture(scope="module")
def gate():
    return gate_set(0, 4 * len(KINDS))


def of_kind(gate, kind):
    return next(item for item in gate if item.kind == kind)


def test_the_gate_is_the_same_for_a_seed_and_has_every_kind(gate):
    assert gate == gate_set(0, 4 * len(KINDS))
    assert gate != gate_set(1, 4 * len(KINDS))
    assert {item.kind for item in gate} == set(KINDS)
    assert len({item.id for item in gate}) == len(gate)


def test_right_replies_pass_and_empty_vague_or_chatty_ones_do_not(gate):
    for item in gate:
        assert check(item, item.gold), item
        for wrong in ("", "I do not know.", "TOOL: {", "<tool_call>{</tool_call>", {"role": "assistant"}):
            assert not check(item, wrong), (item, wrong)
    strict = ("json", "letter", "list", "case", "copy", "csv", "yes_no", "missing", "language", "words")
    for kind in strict:
        item = of_kind(gate, kind)
        assert not check(item, f"Sure, here it is: {item.gold['content']}"), kind


def test_no_question_of_a_gate_is_among_the_records(gate):
    records = list(general_records(0, 300))
    asked = {json.dumps(record.messages[:-1]) for record in records}
    assert len(asked) == len(records)
    assert asked.isdisjoint(json.dumps(item.messages) for item in (*gate, *gate_set(5, 60)))
    assert records == list(general_records(0, 300))


def test_a_call_counts_in_every_form_and_by_what_it_does(gate):
    item = next(item for item in gate_set(3, 300) if item.kind == "tool_call" and "polymer" in str(item.expected))
    function = item.gold["tool_calls"][0]["function"]
    text = json.dumps({"name": function["name"], "arguments": function["arguments"]})
    protocol = {
        "tool_calls": [{"function": {"name": function["name"], "arguments": json.dumps(function["arguments"])}}]
    }
    for reply in (protocol, f"<tool_call>\n{text}\n</tool_call>", f"TOOL: {text}", f"<think>hm</think>TOOL: {text}"):
        assert check(item, reply)
    assert not check(item, f"TOOL: {text}\nTOOL: {text}")
    assert not check(item, text)
    wrong = json.dumps({"name": function["name"], "arguments": {**function["arguments"], "made_up": 1}})
    assert not check(item, f"TOOL: {wrong}")


def test_the_same_structure_in_another_writing_is_the_same_call():
    for item in gate_set(7, 900):
        arguments = item.expected.get("call", {}).get("arguments", {})
        if arguments.get("polymer") == "*CC(*)C#N" or arguments.get("polymer") == "polyacrylonitrile":
            name = item.expected["call"]["name"]
            said = {**arguments, "polymer": "*C(C#N)C*"}
            assert check(item, "TOOL: " + json.dumps({"name": name, "arguments": said}))
            assert not check(item, "TOOL: " + json.dumps({"name": name, "arguments": {**said, "polymer": "*CC*"}}))
            return


def test_where_no_tool_is_needed_a_call_is_wrong(gate):
    call = {"name": "identify_polymer", "arguments": {"text": "PE"}}
    for kind in ("no_call", "ask_back", "report", "unreadable"):
        item = of_kind(gate, kind)
        assert not check(item, {**item.gold, "tool_calls": [{"function": call}]}), kind


def test_a_reported_number_needs_its_unit():
    item = next(item for item in gate_set(2, 400) if item.kind == "report" and item.expected["unit"] == "K")
    number = item.expected["number"]
    assert check(item, f"It is {number} K.")
    assert check(item, f"It is {number - 273.15:.2f} degC.")
    assert not check(item, f"It is {number} degC.")
    assert not check(item, f"It is {number}.")


def test_json_is_read_strictly():
    assert json_of('```json\n{"a": 1}\n```') == {"a": 1}
    with pytest.raises(InputError, match="no JSON"):
        json_of('Here: {"a": 1}')
    assert json_of('Here: {"a": 1}', strict=False) == {"a": 1}
    assert calls_of("no call at all") == []
    assert calls_of("TOOL: not json") is None


def test_impossible_numbers_of_questions_are_refused():
    with pytest.raises(InputError):
        gate_set(0, -1)
    assert gate_set(0, 0) == []
