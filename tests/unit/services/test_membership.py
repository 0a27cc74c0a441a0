"""Roles are given by admins, work at once, and nobody gives what is not theirs."""

import pytest

from xner.errors import InputError, NotAllowed
from xner.services import corpora, membership
from xner.services.access import role_in
from xner.services.identity import Role, User, local_user
from xner.store.session import Store

ADMIN, EVE = local_user("Ada"), User("https://login|eve", "Eve")


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def test_a_role_in_one_corpus_opens_that_one_alone(store):
    one, other = (corpora.create(store, ADMIN, name) for name in ("one", "other"))
    membership.give_role(store, ADMIN, EVE.id, Role.ANNOTATOR, one)
    assert [corpus.id for corpus in corpora.visible(store, EVE)] == [one]
    assert role_in(store, EVE, other) is None
    membership.give_role(store, ADMIN, EVE.id, None, one)
    assert corpora.visible(store, EVE) == []


@pytest.mark.parametrize("role", [None, *Role])
def test_only_admins_give_roles(store, role):
    corpus = corpora.create(store, ADMIN, "one")
    if role is not None:
        membership.give_role(store, ADMIN, EVE.id, role, corpus)
    if role is Role.ADMIN:
        membership.give_role(store, EVE, "https://login|mallory", Role.VIEWER, corpus)
    else:
        with pytest.raises(NotAllowed):
            membership.give_role(store, EVE, "https://login|mallory", Role.VIEWER, corpus)
    with pytest.raises(NotAllowed):
        membership.give_role(store, EVE, EVE.id, Role.ADMIN, None)


def test_a_role_that_is_not_there_can_not_be_taken_away_unnoticed(store):
    corpus = corpora.create(store, ADMIN, "one")
    membership.give_role(store, ADMIN, EVE.id, Role.VIEWER, None)
    for subject, where in ((f"{EVE.id}x", None), (EVE.id, corpus)):  # mistyped, and kept by a role in all corpora
        with pytest.raises(InputError, match="has no role in"):
            membership.give_role(store, ADMIN, subject, None, where)
    assert [corpus.name for corpus in corpora.visible(store, EVE)] == ["one"]


def test_members_of_a_corpus_include_those_of_all(store):
    corpus = corpora.create(store, ADMIN, "one")
    membership.give_role(store, ADMIN, EVE.id, Role.VIEWER, None)
    found = {(member.subject, member.role) for member in membership.members(store, ADMIN, corpus)}
    assert found == {(ADMIN.id, Role.ADMIN), (EVE.id, Role.VIEWER)}


@pytest.mark.parametrize("subject", ["", "  ", "a\nb", "x" * 400])
def test_an_id_that_can_be_nobodys_is_refused(store, subject):
    with pytest.raises(InputError):
        membership.give_role(store, ADMIN, subject, Role.VIEWER, None)


def test_who_has_opened_the_app_without_a_role_is_told_to_the_admin_of_all_corpora_alone(store):
    corpus = corpora.create(store, ADMIN, "one")
    corpora.person(store, local_user("Ben"))
    corpora.person(store, EVE)
    assert membership.without_role(store, ADMIN, corpus) == [("local:ben", "Ben"), (EVE.id, "Eve")]
    membership.give_role(store, ADMIN, EVE.id, Role.ADMIN, corpus)
    assert membership.without_role(store, ADMIN, corpus) == [("local:ben", "Ben")]
    assert membership.without_role(store, EVE, corpus) == []
    with pytest.raises(NotAllowed):
        membership.without_role(store, User("https://login|mallory", "Mallory"), corpus)
