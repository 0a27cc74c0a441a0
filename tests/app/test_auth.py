"""The gate without a browser: what each way to log in shows and hides, and the name of who sits here."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from xner.services import login

ROOT = Path(__file__).resolve().parents[2]
AUTH = {
    "redirect_uri": "http://127.0.0.1:8501/oauth2callback", "cookie_secret": "s" * 32, "client_id": "me",
    "client_secret": "hidden", "server_metadata_url": "http://127.0.0.1:1/.well-known/openid-configuration",
}  # fmt: skip
CLAIMS = {
    "is_logged_in": True, "provider": "default", "iss": "https://login.example.org", "sub": "1", "aud": "me",
    "iat": int(time.time()), "name": "Ada *Lovelace*",
}  # fmt: skip
Words = Callable[[AppTest], str]


def pages() -> list[str]:
    """Return the file of every page in app.py."""
    tree = ast.walk(ast.parse((ROOT / "app.py").read_text(encoding="utf-8")))
    calls = [node for node in tree if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"]
    return [ast.literal_eval(call.args[0]) for call in calls]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("XNER_AUTH", "XNER_ADMINS", "XNER_PROXY_HEADER", "XNER_PROXY_ADDRESS", "FORWARDED_ALLOW_IPS"):
        monkeypatch.delenv(name, raising=False)


def run(page: str = "", *, auth: object = None, **claims: object) -> AppTest:
    """Open a page with this section [auth] in the secrets and these claims of a login."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    at.secrets = {"other": 1, **({} if auth is None else {"auth": auth})}
    at.user = dict(claims)
    at.run()
    return at.switch_page(page).run() if page else at


def has_content(at: AppTest, words: Words) -> bool:
    """Tell whether a page shows more than the gate does."""
    labels = {button.label for button in at.button} - {"Log in", "Log out"}
    components = {element.proto.component_name for element in at.get("bidi_component")} - {"xner_memory"}
    return bool(labels or at.text_input or components or at.tabs or "sentence" in words(at))


SITUATIONS = {
    "unknown mode": ({"XNER_AUTH": "none"}, None, {}),
    "unknown mode beside a login": ({"XNER_AUTH": "none"}, AUTH, CLAIMS),
    "oidc without secrets": ({"XNER_AUTH": "oidc"}, None, CLAIMS),
    "an empty section": ({}, {}, CLAIMS),
    "a section that is a number": ({}, 1, CLAIMS),
    "half a section": ({}, {**AUTH, "client_secret": ""}, CLAIMS),
    "nobody logged in": ({}, AUTH, {}),
    "an old login": ({}, AUTH, {**CLAIMS, "iat": time.time() - login.LOGIN_HOURS * 3600 - 1}),
    "a login for something else": ({}, AUTH, {**CLAIMS, "aud": "another"}),
    "proxy without settings": ({"XNER_AUTH": "proxy"}, None, {}),
    "proxy without its header": (
        {"XNER_AUTH": "proxy", "XNER_PROXY_HEADER": "X", "XNER_PROXY_ADDRESS": "127.0.0.1", "FORWARDED_ALLOW_IPS": ""},
        AUTH, CLAIMS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_page_shows_anything_to_somebody_unknown(situation, words, monkeypatch):
    settings, auth, claims = SITUATIONS[situation]
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    at = run(auth=auth, **claims)
    for page in pages():
        at.switch_page(page).run()
        assert not at.exception
        assert not has_content(at, words)
        assert "ask whoever runs this server" in words(at).lower()
        assert "hidden" not in words(at)


def test_the_pages_do_show_something_to_somebody_known(words):
    assert has_content(run("pages/add.py"), words)
    assert has_content(run("pages/add.py", auth=AUTH, **CLAIMS), words)


def test_local_mode_may_be_chosen_beside_secrets(words, monkeypatch):
    monkeypatch.setenv("XNER_AUTH", "local")
    assert has_content(run("pages/add.py", auth=AUTH), words)


def test_a_login_is_named_letter_by_letter_and_ends_with_log_out(words):
    at = run(auth=AUTH, **CLAIMS)
    assert at.sidebar.markdown[0].value == ":material/person: Ada \\*Lovelace\\*"
    at.sidebar.button(key="xner_log_out").click().run()
    assert not has_content(at, words)
    at.run()
    assert [button.label for button in at.button] == ["Log in"]


@pytest.mark.parametrize(("changes", "said"), [
    ({"iat": 1}, f"older than {login.LOGIN_HOURS} hours"), ({"aud": "another"}, "another application"),
])  # fmt: skip
def test_a_login_that_is_refused_says_why_and_offers_another(changes, said):
    at = run(auth=AUTH, **{**CLAIMS, **changes})
    assert said in at.error[0].value
    assert [button.label for button in at.button] == ["Log in"]


def test_several_login_services_have_a_button_each():
    part = {key: AUTH[key] for key in ("client_id", "client_secret", "server_metadata_url")}
    shared = {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")}
    at = run(auth={**shared, "uni": part, "lab": part})
    assert [button.label for button in at.button] == ["Log in with uni", "Log in with lab"]


def test_a_login_service_that_is_down_is_named_when_the_button_is_pressed():
    at = run(auth=AUTH)  # nothing listens on port 1
    at.button[0].click().run()
    assert "The login service 127\\.0\\.0\\.1 does not answer" in at.error[0].value


def name_page() -> None:
    import streamlit as st

    from xner.ui import auth

    auth.require()
    st.code(auth.current_user(st.query_params.get("last", "")).id)


@pytest.fixture
def page(monkeypatch) -> AppTest:
    from streamlit.runtime.pages_manager import PagesManager

    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    return AppTest.from_function(name_page, default_timeout=30)


def give(at: AppTest, name: str) -> AppTest:
    at.text_input[0].set_value(name)
    return at.button[0].click().run()


def test_a_name_is_asked_for_once(page):
    page.run()
    assert not page.code
    assert page.subheader[0].value == "Who is working here?"
    give(page, " Ada  Lovelace ")
    assert page.code[0].value == "local:ada lovelace"
    assert not page.subheader
    page.run()
    assert page.code[0].value == "local:ada lovelace"


@pytest.mark.parametrize("name", ["", "   ", "\u200b"])
def test_without_a_name_the_page_waits_and_says_so(page, name):
    give(page.run(), name)
    assert "A name is missing" in page.error[0].value
    assert not page.code


def test_the_name_can_be_changed_in_the_side_bar(page):
    give(page.run(), "Ada")
    assert page.sidebar.text_input[0].value == "Ada"
    page.sidebar.text_input[0].set_value("Bob")
    page.sidebar.button[0].click().run()
    assert page.code[0].value == "local:bob"


def test_the_name_last_used_is_taken_without_asking_and_can_be_changed(page):
    page.query_params["last"] = "Ada"
    page.run()
    assert page.code[0].value == "local:ada"
    page.sidebar.text_input[0].set_value("Bob")
    page.sidebar.button[0].click().run()
    assert page.code[0].value == "local:bob"


def test_a_server_that_others_can_reach_never_asks_for_a_name(page, monkeypatch):
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else None)
    page.run()
    assert "reached from other machines" in page.error[0].value
    assert not page.text_input


def test_after_a_login_the_page_that_was_asked_for_is_opened_once(monkeypatch, words):
    from xner.ui import remembering

    kept = {"xner_wanted": "/export?corpus=77&tag=a&tag=b"}
    monkeypatch.setattr(remembering, "_cookie", lambda name: kept.get(name, ""))
    at = run(auth=AUTH, **CLAIMS)
    assert at.title[0].value == "Export"
    assert dict(at.query_params) in ({"corpus": "77", "tag": ["a", "b"]}, {"corpus": "77", "tag": "b"})
    at.switch_page("pages/home.py").run()
    assert at.title[0].value == "xner"


def test_the_names_that_have_worked_here_are_offered_and_one_click_is_enough(page):
    from xner.services import corpora
    from xner.services.identity import local_user
    from xner.store.session import open_store

    for name in ("Ben", "Ada *Łódź*"):
        corpora.person(open_store(), local_user(name))
    page.run()
    assert [button.label for button in page.button] == ["Ada \\*Łódź\\*", "Ben", "Use this name"]
    page.button[0].click().run()
    assert page.code[0].value == "local:ada *łódź*"
    assert page.get("bidi_component")[0].proto.component_name == "xner_memory"


def test_a_name_that_the_browser_kept_is_taken_without_asking(page, monkeypatch):
    from xner.ui import remembering

    monkeypatch.setattr(remembering, "_cookie", lambda name: {"xner_name": " Ada\u202e "}.get(name, ""))
    page.query_params["last"] = "Ben"  # the one that the store knows
    page.run()
    assert page.code[0].value == "local:ada"
