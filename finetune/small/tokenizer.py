"""The tokenizer of the small model: atoms, digits and brackets stay apart, words become pieces.

Counting atoms and copying numbers need tokens that are atoms and digits. A run of letters that consists of the symbols
of organic SMILES alone ("CCOc", "Cl") is cut into atoms; every other word into pieces learnt by byte-pair encoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from finetune.torches import transformers

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"
SPECIALS = (PAD, START, END)
_ATOM = r"(?:Cl|Br|[CNOSPFIBcnosp])"
_WORDS = rf"{_ATOM}(?={_ATOM}*(?![A-Za-z]))| ?[A-Za-z]+|\d| ?[^\sA-Za-z0-9]|\s"
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str], *, size: int = 2048) -> Any:
    """Learn the pieces.

    Parameters
    ----------
    texts : iterable of str
        Texts to learn from.
    size : int
        Tokens at most.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        The tokenizer, with a chat template.

    Raises
    ------
    BackendMissing
        If transformers is not installed.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(chain(texts, ["Cl(Br)" * 1000]), trainer=trainer)  # both become tokens, however rare
    made = transformers().PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token=START, eos_token=END, pad_token=PAD, model_max_length=2048
    )
    made.chat_template = TEMPLATE
    return made


def load_tokenizer(folder: Path) -> Any:
    """Read a tokenizer.

    Parameters
    ----------
    folder : Path
        Folder of the model.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        The tokenizer.
    """
    return transformers().AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
