"""A function's signature and docstring are the schema of a tool; what is not described is refused."""

import pytest

from tools.core.errors import InputError, SetupError
from tools.core.registry import tool


def add(left: float, right: float = 1.0) -> float:
    """Add two numbers.

    They are added exactly.

    Parameters
    ----------
    left : float
        The first number,
        on two lines.
    right : float
        The second number.

    Returns
    -------
    float
        Their sum.
    """
    return left + right


def test_the_docstring_is_the_schema() -> None:
    spec = tool(add)
    assert spec.name == "add"
    assert spec.description == "Add two numbers. They are added exactly."
    assert spec.schema["properties"]["left"]["description"] == "The first number, on two lines."
    assert spec.schema["required"] == ["left"]
    assert "Their sum." in spec.returns
    assert spec.call({"left": 2}) == 3.0
    assert spec.call({"left": "2", "right": 5}) == 7.0


@pytest.mark.parametrize("arguments", [{}, {"left": "much"}, {"left": 1, "wrong": 2}])
def test_wrong_arguments_are_named(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"left|wrong") as caught:
        tool(add).call(arguments)
    assert "left, right" in caught.value.hint


def test_what_is_not_described_is_refused() -> None:
    def silent(left: int) -> int:
        return left

    def half(left: int, right: int) -> int:
        """Do it.

        Parameters
        ----------
        left : int
            The first.
        """
        return left + right

    def untyped(left) -> int:  # type: ignore[no-untyped-def]
        """Do it.

        Parameters
        ----------
        left : int
            The first.
        """
        return int(left)

    def stale() -> int:
        """Do it.

        Parameters
        ----------
        gone : int
            No longer there.
        """
        return 1

    for function, problem in ((silent, "no description"), (half, "right"), (untyped, "no type"), (stale, "gone")):
        with pytest.raises(SetupError, match=problem):
            tool(function)
    with pytest.raises(SetupError, match="no tool name"):
        tool(add, name="Add It")
