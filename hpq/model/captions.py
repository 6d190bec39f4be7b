"""Captions as word ids: 0 pads, 1 is any word that is not known."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

PADDING, UNKNOWN = 0, 1
SEPARATOR = " | "  # between the captions of one picture
# Scripts that set no blanks between words are read sign by sign.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:'[^\W_]+)?|[^\w\s]")


def words_of(caption: str) -> list[str]:
    """Return the words and marks of a caption, in lower case."""
    return _WORD.findall(caption.lower())


def join(captions: Iterable[str]) -> str:
    """Return a picture's captions as one; a picture may have none."""
    return SEPARATOR.join(" ".join(caption.split()) for caption in captions)


class Vocabulary:
    """The words that a network knows, from training captions only."""

    def __init__(self, captions: Iterable[str], min_count: int) -> None:
        """Learn the words that occur at least `min_count` times."""
        counts = Counter(word for caption in captions for word in words_of(caption))
        self._number(sorted(word for word, count in counts.items() if count >= min_count))

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary whose words these are, as `words` told them once."""
        vocabulary = cls((), 1)
        vocabulary._number(words)
        return vocabulary

    def _number(self, words: Iterable[str]) -> None:
        self.ids = {word: index for index, word in enumerate(words, start=UNKNOWN + 1)}

    @property
    def words(self) -> list[str]:
        """All known words, in the order of their ids."""
        return list(self.ids)

    def __len__(self) -> int:
        return UNKNOWN + 1 + len(self.ids)

    def encode(self, caption: str) -> NDArray[np.int64]:
        return np.array([self.ids.get(word, UNKNOWN) for word in words_of(caption)], dtype=np.int64)


def pad(sequences: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return sequences as one array (B, L) with zeros behind the shorter, and their lengths (B,)."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    padded = np.full((len(sequences), max(1, lengths.max(initial=0))), PADDING, dtype=np.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded, lengths
