"""Plots of a slab test: heat release over time, temperatures over depth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tools.core.errors import InputError
from tools.simulation.cone.run import ConeReport, averaged

_ENDINGS = (".svg", ".png", ".pdf")


def plot(reports: Sequence[ConeReport], labels: Sequence[str], file: Path) -> None:
    """Draw heat release rates, and the temperatures in the first sample.

    Parameters
    ----------
    reports : sequence of ConeReport
        One or several tests.
    labels : sequence of str
        One name each.
    file : Path
        SVG, PNG or PDF file to write.

    Raises
    ------
    InputError
        If the file cannot be written or its ending is another.
    """
    if file.suffix.casefold() not in _ENDINGS:
        raise InputError(
            f"Cannot plot to a {file.suffix or 'file without an ending'}.", hint=f"Use {', '.join(_ENDINGS)}."
        )
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for report, label in zip(reports, labels, strict=True):
        line = left.plot(report.time, averaged(report.hrr) / 1000, label=label)[0]
        if report.ignition is not None:
            left.axvline(report.ignition, color=line.get_color(), linestyle=":", linewidth=1)
    left.set(xlabel="time / s", ylabel="heat release rate, 10 s average / kW m$^{-2}$", ylim=(0, None))
    left.legend(frameon=False)
    for time, depth, temperature in reports[0].profiles[1:]:
        right.plot(1000 * depth, temperature - 273.15, label=f"{time:.0f} s")
    right.set(xlabel="depth / mm", ylabel="temperature / °C", title=labels[0])
    right.legend(frameon=False, fontsize="small", ncols=2)
    try:
        figure.savefig(file)
    except OSError as error:
        raise InputError(f"Cannot write {file}: {error.strerror}", hint="Choose another file.") from error
    finally:
        plt.close(figure)
