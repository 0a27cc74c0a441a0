"""Candidate spans on the target side. A new extractor is a module here, registered in `extractors`, imported below."""

from xner.extract import aligned, ngram, recognised
from xner.extract.base import Extractor, extractors

__all__ = ["Extractor", "aligned", "extractors", "ngram", "recognised"]
