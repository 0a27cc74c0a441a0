"""Roles: the full matrix, and nothing by default."""

from __future__ import annotations

import itertools

import pytest

from xner.errors import NotAllowed
from xner.services.identity import MAX_ID, MAX_NAME, Role, User, check, local_user, role_of, shown_name

ADA = User("https://login.example#1", "Ada")
ORDER = [None, Role.VIEWER, Role.ANNOTATOR, Role.REVIEWER, Role.ADMIN]


@pytest.mark.parametrize(("have", "needed"), list(itertools.product(ORDER, ORDER[1:])))
def test_a_role_is_enough_for_itself_and_those_before_it_and_no_role_for_nothing(have, needed):
    if have is not None and ORDER.index(have) >= ORDER.index(needed):
        check(have, needed)
    else:
        with pytest.raises(NotAllowed):
            check(have, needed)


@pytest.mark.parametrize("name", ["viewer", "annotator", "reviewer", "admin"])
@pytest.mark.parametrize(("where", "asked", "holds"), [
    (None, None, True), (None, 7, True), (7, 7, True), (7, None, False), (7, 8, False), (8, 7, False),
])  # fmt: skip
def test_a_grant_holds_where_it_was_given_and_nowhere_else(name, where, asked, holds):
    assert role_of([(where, name)], ADA, asked) == (Role(name) if holds else None)


@pytest.mark.parametrize("everywhere", ORDER)
@pytest.mark.parametrize("granted", ORDER)
def test_of_configuration_and_grant_the_higher_counts(everywhere, granted):
    grants = [(7, granted.value)] if granted else []
    expected = max((role for role in (everywhere, granted) if role), default=None)
    assert role_of(grants, User("a", "Ada", everywhere), 7) == expected
    assert role_of(grants, User("a", "Ada", everywhere), 8) == everywhere


def test_nobody_has_a_role_by_default():
    assert role_of([], ADA, 7) is None
    assert role_of([], ADA, None) is None


@pytest.mark.parametrize("role", ["owner", "ADMIN", "", "admin "])
def test_an_unknown_role_gives_nothing(role):
    assert role_of([(None, role)], ADA, 7) is None


def test_a_refusal_says_what_is_there_and_what_is_needed():
    with pytest.raises(NotAllowed) as caught:
        check(Role.VIEWER, Role.REVIEWER)
    assert caught.value.context == {"role": "viewer", "needed": "reviewer"}
    assert "viewer" in str(caught.value)
    assert "reviewer" in str(caught.value)


@pytest.mark.parametrize("user_id", ["", "a" * (MAX_ID + 1), "a\nb", "a\u202eb"])
def test_an_id_that_could_be_taken_for_another_is_refused(user_id):
    with pytest.raises(NotAllowed):
        User(user_id, "Ada")


def test_the_person_at_this_machine_may_do_everything():
    assert role_of([], local_user("Ada"), None) is Role.ADMIN


@pytest.mark.parametrize("spelling", ["Ada", "ada", " ADA ", "A\u200bda"])
def test_a_name_typed_a_little_differently_is_the_same_person(spelling):
    assert local_user(spelling).id == local_user("Ada").id


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u200d", "\n", "\u202e"])
def test_a_name_that_shows_nothing_is_no_name(name):
    with pytest.raises(NotAllowed):
        local_user(name)


def test_a_shown_name_is_one_short_line():
    assert len(shown_name("a b" * 500)) <= MAX_NAME
    assert shown_name("Ada\tvon\r\nLovelace\x00") == "Ada von Lovelace"


def test_the_joiner_inside_a_persian_name_stays():
    assert shown_name("علی\u200cرضا") == "علی\u200cرضا"
