"""Find entities in a sentence. A new recogniser is a module here, registered in `recognisers` and imported below."""

from xner.recognise import given, spacy_pipeline, transformers_model
from xner.recognise.base import Recogniser, recognisers

__all__ = ["Recogniser", "given", "recognisers", "spacy_pipeline", "transformers_model"]
