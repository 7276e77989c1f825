"""How well texts fit a query: as a whole, and word by word.

Embeddings of whole texts call everybody near who has the same trade. Word by word (late interaction, as in ColBERT,
here with vectors of single words), what a text says and the others don't has to be met by the query, too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Matcher", "Text"]

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Text:
    """A text as it is matched."""

    words: tuple[str, ...]
    """Those that have a vector."""
    vector: Vectors
    """Of the whole, shape (dimension,)."""
    vectors: Vectors
    """Of its words, shape (words, dimension)."""


class Matcher:
    """Scores queries against the texts it was made of; a rare word counts more than one that many texts have.

    Args:
        texts: one at least. Vectors of words have length 1.
    """

    def __init__(self, texts: Sequence[Text]) -> None:
        self._texts = texts
        self._found = Counter(word for text in texts for word in set(text.words))
        wholes = np.array([text.vector for text in texts])
        self._middle = wholes.mean(axis=0)
        # What all texts have in common tells none of them from another.
        self._wholes = _unit(wholes - self._middle) if len(texts) > 1 else _unit(wholes)
        self._rarity = [self._rare(text.words) for text in texts]

    def scores(self, query: Text) -> Vectors:
        """How far each text stands out, in standard deviations of the texts; shape (texts,)."""
        return (_standard(self._wholes @ _unit(query.vector)) + _standard(self._met(query))) / 2

    def nearness(self, query: Text) -> Vectors:
        """The cosine of the nearest two words of the query and each text; shape (texts,)."""
        return np.array([_near(text, query).max(initial=-1.0) for text in self._texts])

    def nearest(self, query: Text, place: int, *, least: float, most: int = 3) -> list[tuple[str, str]]:
        """Words of a text that meet words of the query, with those, the rarest and nearest first."""
        text = self._texts[place]
        near = _near(text, query)
        best = near.max(axis=1, initial=-1.0)
        order = np.argsort(-best * self._rarity[place], kind="stable")
        return [(text.words[row], query.words[int(near[row].argmax())]) for row in order if best[row] >= least][:most]

    def _met(self, query: Text) -> Vectors:
        """How much of what each text says is near to a word of the query: mean cosine, rare words first."""
        return np.array(
            [
                _near(text, query).max(axis=1, initial=-1.0) @ rarity / max(float(rarity.sum()), 1e-9)
                for text, rarity in zip(self._texts, self._rarity, strict=True)
            ]
        )

    def _rare(self, words: Sequence[str]) -> Vectors:
        """Rarity of words among the texts, as BM25 has it."""
        counts = np.array([self._found[word] for word in words], dtype=np.float64)
        return np.asarray(np.log(1 + (len(self._texts) - counts + 0.5) / (counts + 0.5)))


def _near(text: Text, query: Text) -> Vectors:
    """Cosines of words, shape (words of the text, words of the query)."""
    return np.asarray(text.vectors @ query.vectors.T)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9))


def _standard(scores: Vectors) -> Vectors:
    return np.asarray((scores - scores.mean()) / max(float(scores.std()), 1e-9))
