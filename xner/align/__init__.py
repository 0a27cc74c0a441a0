"""Link the words of two sentences. A new aligner is a module here, registered in `aligners` and imported below."""

from xner.align import embedding, given, simalign_package
from xner.align.base import Aligner, aligners

__all__ = ["Aligner", "aligners", "embedding", "given", "simalign_package"]
