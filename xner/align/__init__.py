"""Link the words of two sentences. A new aligner is a module here, registered in `aligners` and imported below."""

from xner.align import embedding, given, simalign_package, statistical
from xner.align.base import Aligner, Trains, aligners
from xner.align.united import make_aligner, parts_to_train

__all__ = [
    "Aligner",
    "Trains",
    "aligners",
    "embedding",
    "given",
    "make_aligner",
    "parts_to_train",
    "simalign_package",
    "statistical",
]
