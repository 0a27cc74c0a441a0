"""Who somebody is and what they may do: values only. Nothing is allowed by default."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from xner.errors import NotAllowed

MAX_NAME = 200
"""Characters of a name that are kept."""
MAX_ID = 300
"""Characters that an id may have; a longer one is refused, never cut: two people could become one."""
LOCAL = "local:"
"""What the ids of people begin with who gave their name at this machine, without a login."""
_JOINERS = "\u200c\u200d"
"""Part of how Persian and Indic names are written."""


class Role(Enum):
    """What somebody may do in a corpus; each role may do all that those before it may.

    Example:
        >>> Role.VIEWER < Role.ANNOTATOR < Role.REVIEWER < Role.ADMIN
        True
    """

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order of roles, the weakest 0."""
        return list(Role).index(self)

    def __lt__(self, other: Role) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Role) -> bool:
        return self.rank <= other.rank


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is known. `id` never changes and is nobody else's, `name` is what pages show.

    `everywhere` is the role that the configuration of this server gives in every corpus; others come from the store.
    """

    id: str
    name: str
    everywhere: Role | None = None

    def __post_init__(self) -> None:
        if not self.id or len(self.id) > MAX_ID or not self.id.isprintable():
            raise NotAllowed("The login names nobody.", "Ask whoever runs this server.")
        if not self.name:
            raise NotAllowed("The login has no name.", "Ask whoever runs this server.")


def local_user(name: str) -> User:
    """Return the person at this machine, who may do everything here.

    Raises:
        NotAllowed: the name is empty.

    Example:
        >>> local_user(" Ada  Lovelace ")
        User(id='local:ada lovelace', name='Ada Lovelace', everywhere=<Role.ADMIN: 'admin'>)
    """
    shown = shown_name(name)
    if not shown:
        raise NotAllowed("A name is missing.", "It is written beside every correction you make.")
    return User(f"{LOCAL}{shown.lower()}", shown, Role.ADMIN)


def shown_name(text: str) -> str:
    r"""Return a name in NFC on one line, without characters that show nothing or turn the text around.

    Example:
        >>> shown_name("A\u0308da\n\u202e"), shown_name("\u200b")
        ('Äda', '')
    """
    composed = unicodedata.normalize("NFC", text)
    seen = "".join(" " if c.isspace() else c for c in composed if c.isspace() or c in _JOINERS or _is_seen(c))
    return " ".join(seen.split())[:MAX_NAME].strip(" " + _JOINERS)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def role_of(grants: Iterable[tuple[int | None, str]], user: User, corpus_id: int | None) -> Role | None:
    """Return the highest role of a user in a corpus, ``None`` where there is none.

    Args:
        grants: what the store gives this user: (corpus, or None for all of them; role). An unknown role gives nothing.
        user: brings the role that the configuration gives.
        corpus_id: None asks for a role in all corpora, present and future; a grant in one of them is not enough.

    Example:
        >>> role_of([(None, "viewer"), (7, "annotator")], User("a", "Ada"), 7)
        <Role.ANNOTATOR: 'annotator'>
        >>> role_of([(7, "admin")], User("a", "Ada"), 8) is None
        True
    """
    known = {role.value: role for role in Role}
    roles = [known[role] for where, role in grants if role in known and where in (None, corpus_id)]
    return max([*roles, user.everywhere] if user.everywhere else roles, default=None)


def check(role: Role | None, needed: Role) -> None:
    """Return if the role is enough.

    Raises:
        NotAllowed: it is not, or there is none.
    """
    if role is None:
        raise NotAllowed("There is no such corpus, or it is not yours.", "Ask an administrator for a role in it.")
    if role < needed:
        raise NotAllowed(
            f"Your role here is {role.value}; this needs {needed.value}.",
            "Ask an administrator of this corpus for it.",
            role=role.value,
            needed=needed.value,
        )
