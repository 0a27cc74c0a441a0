"""An aligner that asks the cache first, and loads its model only for what is not there."""

from __future__ import annotations

from collections.abc import Sequence

from xner.align.base import Aligner
from xner.align.packed import pack, unpack
from xner.cache import Entry, Room, answers, environment, files_hash, kept, key_of
from xner.config import AlignConfig, CacheConfig
from xner.types import Alignment, Sentence, SentencePair

PURE = frozenset({"argmax", "itermax", "mwmf", "awesome", "simalign"})
"""Aligners whose links follow from the sentences and the settings alone; the others are not kept."""
_KIND = "alignments"
_MODELS = "models"


class CachedAligner:
    """Hands on what an aligner said before of the same sentences in the same call; with ``any_batch``, in any call."""

    def __init__(self, aligner: Aligner, config: AlignConfig, room: Room, *, settings: CacheConfig) -> None:
        self.aligner, self.config, self.room = aligner, config, room
        self.any_batch = settings.reuse == "any_batch"
        self._description: str | None = None

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair, in order, as the aligner behind this one does."""
        if not pairs:
            return []
        sentences = [[_plain(pair.source), _plain(pair.target)] for pair in pairs]

        def compute(places: list[int]) -> list[bytes]:
            computed = self.aligner.align([pairs[k] for k in places])
            # What was loaded now is what computed, whatever the description of before was made from.
            self._description = self.aligner.describe()
            return [pack(alignment) for alignment in computed]

        found = answers(self.room, _KIND, sentences, self._asked, compute, any_batch=self.any_batch)
        return [unpack(value) for value in found]

    def known(self, pairs: Sequence[SentencePair]) -> list[Alignment | None]:
        """Return the alignment of each pair that is kept, whatever batch it comes from; no model is asked."""
        sentences = [[_plain(pair.source), _plain(pair.target)] for pair in pairs]
        return [None if value is None else unpack(value) for value in kept(self.room, _KIND, sentences, self._asked())]

    def describe(self) -> str:
        """Return what the aligner says of itself; known without loading its model once these very files were loaded."""
        if self._description is None:
            key = self._key_of_files()
            known = None if key is None else self.room.get(_MODELS, [key]).get(key)
            if known is not None:
                self._description = known.decode("utf-8")
            else:
                self._description = self.aligner.describe()
                key = self._key_of_files()  # the embedded encoder may have been unpacked just now
                if key is not None and f"sha256:{files_hash(self.config.model)}+" in self._description:
                    self.room.put(_MODELS, [Entry(key, self._description.encode("utf-8"))])
        return self._description

    def _asked(self) -> str:
        return key_of(_KIND, self.describe(), self.config.model_dump(mode="json"), environment("align")).hex()

    def _key_of_files(self) -> bytes | None:
        """Return the key of the model's files and these settings; None where a hub may have newer ones."""
        config = self.config
        if config.dtype == "auto" or config.revision is not None:
            return None
        files = files_hash(config.model)
        return None if files is None else key_of(_MODELS, config.model_dump(mode="json"), files, environment("align"))


def _plain(sentence: Sentence | None) -> object:
    """Return all of a sentence as JSON: its language and text decide how the encoder sees it."""
    if sentence is None:
        return None
    return [sentence.tokens, sentence.lang, sentence.text, sentence.offsets, sentence.spaces]
