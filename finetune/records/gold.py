"""The right answer of a task as text, in the form that the exam's prompts ask for."""

from __future__ import annotations

from polybench.task import INFEASIBLE, Task


def gold_text(task: Task) -> str:
    """Write the right answer of a task.

    Parameters
    ----------
    task : Task
        A task with an answer.

    Returns
    -------
    str
        What belongs between the answer tags; empty if the task has no answer that can be shown.
    """
    answer = task.answer
    if answer is None:
        return ""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, float | int):
        number = f"{answer:.6g}"
        return f"{number} {task.unit}".strip()
    if isinstance(answer, tuple):
        if task.answer_type == "design":
            return "\n".join(answer[: task.n_candidates]) if len(answer) >= task.n_candidates else ""
        return ", ".join(answer) or "none"
    if task.answer_type == "design" and answer != INFEASIBLE:
        return answer if task.n_candidates == 1 else ""
    return answer


def tagged(text: str) -> str:
    """Put an answer between the tags that the exam reads.

    Parameters
    ----------
    text : str
        The answer.

    Returns
    -------
    str
        ``<answer>...</answer>``.
    """
    return f"<answer>{text}</answer>"
