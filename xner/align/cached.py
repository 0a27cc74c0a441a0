"""An aligner that asks the cache first, and loads its model only for what is not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from xner.align.base import Aligner
from xner.align.packed import pack, unpack
from xner.cache import Entry, Room, environment, key_of
from xner.config import AlignConfig, CacheConfig
from xner.models import embedded
from xner.models.loaded import weights_hash
from xner.models.paths import cache_folder
from xner.types import Alignment, Sentence, SentencePair

PURE = frozenset({"argmax", "itermax", "mwmf", "awesome", "simalign"})
"""Aligners whose links follow from the sentences and the settings alone; the others are not kept."""
_KIND = "alignments"
_MODELS = "models"


class CachedAligner:
    """Hands on what an aligner said before of the same sentences.

    In which batch sentences stand shows in the last digits of their vectors. So an alignment is found again where the
    whole call is the same, which gives the same bytes as no cache at all; with ``any_batch``, wherever the pair is.
    """

    def __init__(self, aligner: Aligner, config: AlignConfig, room: Room, *, settings: CacheConfig) -> None:
        self.aligner, self.config, self.room = aligner, config, room
        self.any_batch = settings.reuse == "any_batch"
        self._description: str | None = None

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair, in order, as the aligner behind this one does."""
        if not pairs:
            return []
        sentences = [[_plain(pair.source), _plain(pair.target)] for pair in pairs]
        keys = self._keys(sentences)
        by_content = self.room.any_of(_KIND, [content for _, content in keys]) if self.any_batch else {}
        by_key = {} if self.any_batch else self.room.get(_KIND, [key for key, _ in keys])
        found = [by_key.get(key) or by_content.get(content) for key, content in keys]
        if all(found):
            return [unpack(value) for value in found if value is not None]
        # Of a batch that is not whole here all is computed again: less of it would be another batch.
        missing = [k for k, value in enumerate(found) if value is None or not self.any_batch]
        computed = self.aligner.align([pairs[k] for k in missing])
        # What was loaded now is what computed, whatever the description of before was made from.
        self._description = self.aligner.describe()
        keys_now = self._keys([sentences[k] for k in missing])
        self.room.put(
            _KIND,
            [Entry(key, pack(value), content) for (key, content), value in zip(keys_now, computed, strict=True)],
        )
        made = dict(zip(missing, computed, strict=True))
        return [made[k] if k in made else unpack(value or b"") for k, value in enumerate(found)]

    def known(self, pairs: Sequence[SentencePair]) -> list[Alignment | None]:
        """Return the alignment of each pair that is kept, whatever batch it comes from; no model is asked."""
        contents = [content for _, content in self._keys([[_plain(p.source), _plain(p.target)] for p in pairs])]
        found = self.room.any_of(_KIND, contents)
        return [unpack(found[content]) if content in found else None for content in contents]

    def describe(self) -> str:
        """Return what the aligner says of itself; known without loading its model once these very files were loaded."""
        if self._description is None:
            key = self._key_of_files()
            known = None if key is None else self.room.get(_MODELS, [key]).get(key)
            if known is not None:
                self._description = known.decode("utf-8")
            else:
                self._description = self.aligner.describe()
                if key is not None:
                    self.room.put(_MODELS, [Entry(key, self._description.encode("utf-8"))])
        return self._description

    def _keys(self, sentences: Sequence[object]) -> list[tuple[bytes, bytes]]:
        """Return, for each pair, its key in this call and that of its content in any."""
        asked = key_of(_KIND, self.describe(), self.config.model_dump(mode="json"), environment()).hex()
        contents = [key_of(asked, pair) for pair in sentences]
        call = key_of([content.hex() for content in contents])
        return [(key_of(call.hex(), place), content) for place, content in enumerate(contents)]

    def _key_of_files(self) -> bytes | None:
        """Return the key of the model's files and these settings; None where a hub may have newer ones."""
        config = self.config
        if config.dtype == "auto" or config.revision is not None:
            return None
        if config.model == embedded.NAME:
            folder = _embedded_folder(str(cache_folder())) if embedded.is_prepared() else None
        else:
            folder = config.model if os.path.isdir(config.model) else None
        if folder is None:
            return None
        return key_of(_MODELS, config.model_dump(mode="json"), _hash(folder, _stamps(folder)), environment())


@lru_cache(maxsize=4)
def _embedded_folder(_cache_folder: str) -> str:
    return str(embedded.prepare())


@lru_cache(maxsize=16)
def _hash(folder: str, _stamps: tuple[tuple[str, int, int, int], ...]) -> str:
    """Return the hash of a model's files, a quarter of a second for e5-small, once a process while none changes."""
    return weights_hash(folder)


def _stamps(folder: str) -> tuple[tuple[str, int, int, int], ...]:
    with os.scandir(folder) as files:
        found = [(file.name, file.stat()) for file in files]
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in found))


def _plain(sentence: Sentence | None) -> object:
    """Return all of a sentence as JSON: its language and text decide how the encoder sees it."""
    if sentence is None:
        return None
    return [sentence.tokens, sentence.lang, sentence.text, sentence.offsets, sentence.spaces]
