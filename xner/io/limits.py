"""Every limit on input, in one place.

Those on uploads protect a shared server; a path given to the command line is streamed whatever its size. Those on a
sentence, a label or a record hold always.
"""

from __future__ import annotations

MAX_UPLOAD_BYTES = 50 * 1024**2
"""An upload, as it comes; `.streamlit/config.toml` has the same number."""

MAX_UNZIPPED_BYTES = 500 * 1024**2
"""An upload after unpacking."""

MAX_UNZIP_RATIO = 100
"""Unpacked to packed bytes of an upload; text reaches 3 to 10, a bomb 1,000."""

FREE_UNZIPPED_BYTES = 1024**2
"""Up to here the ratio isn't looked at: a small file of equal rows is no bomb."""

MAX_UPLOAD_LINES = 2_000_000
"""Lines of an upload; it keeps a file of line ends alone from holding the server up."""

MAX_UPLOAD_PAIRS = 200_000
"""Sentence pairs of an upload: a page holds them until they are imported, some 4 KB each."""

MAX_ARCHIVE_MEMBERS = 10_000
"""Files in one archive."""

MAX_LINE_BYTES = 16 * 1024**2
"""One line; a record of two longest sentences with every possible link stays below. It bounds the memory."""

MAX_SENTENCE_CHARACTERS = 10_000
"""Code points of one sentence; regular expressions never see more."""

MAX_SENTENCE_TOKENS = 1_000
"""Tokens of one sentence."""

MAX_LABELS = 500
"""Different labels in one file; more are a sign of a wrong column."""

MAX_LABEL_CHARACTERS = 100
"""Code points of one label."""

MAX_ID_CHARACTERS = 500
"""Code points of one id."""

MAX_JSON_DEPTH = 64
"""Lists and objects inside each other; Python's parser gives up at about 1,000."""

MAX_FIELDS = 200
"""Fields of one record; each name is compared with the known ones."""
