"""What models said, kept on disk by content: alignments, tag probabilities, translations, translation probabilities.

One room for all of it, `Room`: a SQLite file that several processes share. It stands above `models`, beside which it
lies on disk, and below the stages, which ask it before they ask a model; it holds nothing that can't be made again. A
value is found by the SHA-256 of everything that it follows from, so that what is found is never a wrong hit, and goes
with a checksum, so that a damaged one is made again.
"""

from xner.cache.calls import answers, kept
from xner.cache.files import files_hash
from xner.cache.keys import environment, key_of, packages
from xner.cache.opened import Keeps, open_room, room_file
from xner.cache.room import Entry, Room
from xner.cache.tags import KeptClassifier

__all__ = [
    "Entry",
    "Keeps",
    "KeptClassifier",
    "Room",
    "answers",
    "environment",
    "files_hash",
    "kept",
    "key_of",
    "open_room",
    "packages",
    "room_file",
]
