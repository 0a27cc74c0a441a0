"""Translate: text in one language to text in another. A new translator is a module here and a line below."""

from xner.translate import apertium, converted, given, marked, seq2seq
from xner.translate.base import translators

__all__ = ["apertium", "converted", "given", "marked", "seq2seq", "translators"]
