"""A token classifier that asks the cache first, and loads its model only for what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from xner.cache.calls import answers
from xner.cache.files import files_hash
from xner.cache.keys import environment, key_of
from xner.cache.opened import open_room
from xner.cache.room import Entry, Room
from xner.config import CacheConfig
from xner.models.token_classifier import (
    Probabilities,
    TokenClassifier,
    folders_of,
    load_classifier,
)

_KIND, _MODELS = "tags", "models"


class KeptClassifier:
    """Tag probabilities of sentences, those of an earlier run from the cache; see `TokenClassifier`.

    Other sentences of a call show in the last digits of an answer, see `calls`. So nothing is taken over from an
    earlier call but what `prepare` was told to have ready.
    """

    def __init__(self, name: str, revision: str | None = None) -> None:
        self.name, self.revision = name, revision
        self._settings = CacheConfig()
        self._about: tuple[str, tuple[str, ...]] | None = None
        self._ready: dict[tuple[str, ...], Probabilities] = {}

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep probabilities as `settings` say."""
        self._settings = settings

    def describe(self) -> str:
        """Return model and weights for the signature; without loading the model once these very files were loaded.

        Raises:
            ModelUnavailable: the model is not here.
        """
        return self._known_about()[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The tags, one a column."""
        return self._known_about()[1]

    def prepare(self, sentences: Sequence[Sequence[str]]) -> None:
        """Have what the model says of these sentences ready, as one call, in place of what was ready before.

        Raises:
            ModelUnavailable: the model is not here.
        """
        self._ready = self._of_call(dict.fromkeys(tuple(tokens) for tokens in sentences))

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> list[Probabilities]:
        """Return (n_tokens, n_tags) for the tokens of each sentence, rows summing to 1.

        Raises:
            ModelUnavailable: the model is not here.
        """
        wanted = [tuple(tokens) for tokens in sentences]
        known = self._ready
        if not all(tokens in known for tokens in wanted):
            known = self._of_call(dict.fromkeys(wanted))
        return [known[tokens] for tokens in wanted]

    def _of_call(self, sentences: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], Probabilities]:
        distinct, room = list(sentences), open_room(self._settings)
        if room is not None:
            return self._looked_up(room, distinct)
        return dict(zip(distinct, load_classifier(self.name, self.revision).probabilities(distinct), strict=True))

    def _looked_up(self, room: Room, sentences: list[tuple[str, ...]]) -> dict[tuple[str, ...], Probabilities]:
        def compute(places: list[int]) -> list[bytes]:
            found = self._loaded().probabilities([sentences[k] for k in places])
            return [rows.astype("<f8").tobytes() for rows in found]

        found = answers(
            room, _KIND, sentences, self._asked, compute, any_batch=self._settings.reuse == "any_batch"
        )  # fmt: skip
        return {
            tokens: np.frombuffer(value, "<f8").reshape(len(tokens), len(self.columns)).astype(np.float64)
            for tokens, value in zip(sentences, found, strict=True)
        }

    def _asked(self) -> str:
        return key_of(_KIND, self.describe(), self.columns, environment()).hex()

    def _loaded(self) -> TokenClassifier:
        classifier = load_classifier(self.name, self.revision)
        self._about = classifier.describe(), classifier.columns
        return classifier

    def _known_about(self) -> tuple[str, tuple[str, ...]]:
        if self._about is None:
            room = open_room(self._settings)
            key = None if room is None else self._key_of(self._hashes())
            known = room.get(_MODELS, [key]).get(key) if room is not None and key is not None else None
            if known is not None:
                description, columns = json.loads(known)
                self._about = description, tuple(columns)
                return self._about
            loaded = self._loaded()
            self._about = loaded.describe(), loaded.columns
            hashes = [] if room is None else self._hashes()  # again: the encoder may have been unpacked just now
            key = self._key_of(hashes)
            if room is not None and key is not None and all(f"sha256:{one}" in self._about[0] for one in hashes):
                room.put(_MODELS, [Entry(key, json.dumps(self._about).encode("ascii"))])
        return self._about

    def _hashes(self) -> list[str | None]:
        """Return the hash of the model's files and that of the encoder beneath it; None where a hub may have others."""
        return [None] if self.revision is not None else [files_hash(name) for name in folders_of(self.name)]

    def _key_of(self, hashes: list[str | None]) -> bytes | None:
        return None if None in hashes else key_of(_KIND, _MODELS, self.name, hashes, environment())
