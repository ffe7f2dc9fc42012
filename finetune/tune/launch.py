"""One process of a training on several devices: ``accelerate launch -m finetune.tune.launch RECIPE STAGE OUT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from finetune.tune.recipe import read_recipe
from finetune.tune.stages import train
from finetune.tune.state import Run


def main(arguments: list[str]) -> None:
    """Train one stage; every process is given the same arguments.

    Parameters
    ----------
    arguments : list of str
        Recipe, stage and folder of the run.
    """
    source, stage, out = arguments
    first = os.environ.get("RANK", "0") == "0"

    def tell(text: str) -> None:
        if first:
            sys.stderr.write(text + "\n")

    train(Run(read_recipe(Path(source)), Path(source), Path(out), progress=tell), stage)


if __name__ == "__main__":
    main(sys.argv[1:])
