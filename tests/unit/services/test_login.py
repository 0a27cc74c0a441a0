"""Three ways to be known, each closed unless it is configured whole."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from xner.errors import ConfigError, ModelUnavailable, NotAllowed
from xner.services import login
from xner.services.identity import Role, check, local_user, role_of

NOW = 1_800_000_000.0
AUTH = {
    "redirect_uri": "https://xner.example.org/oauth2callback", "cookie_secret": "s" * 32, "client_id": "me",
    "client_secret": "hidden", "server_metadata_url": "https://login.example.org/.well-known/openid-configuration",
}  # fmt: skip
CLAIMS = {
    "is_logged_in": True, "provider": "default", "iss": "https://login.example.org", "sub": "1", "aud": "me",
    "iat": NOW - 60, "name": "Ada", "email": "ada@example.org", "email_verified": True,
}  # fmt: skip
PROXY = {"XNER_PROXY_HEADER": "X-Remote-User", "XNER_PROXY_ADDRESS": "10.0.0.5"}


def who(claims=None, admins=None, **changes):
    return login.oidc_user({**(CLAIMS if claims is None else claims), **changes}, {"default": "me"}, admins, NOW)


def test_the_mode_follows_the_setting_then_the_secrets():
    assert login.choose_mode(None, False) == "local"
    assert login.choose_mode("", True) == login.choose_mode(None, True) == "oidc"
    assert [login.choose_mode(mode, True) for mode in ("local", "oidc", "proxy")] == ["local", "oidc", "proxy"]


@pytest.mark.parametrize("mode", ["none", "off", "LOCAL", "oidc ", "public"])
def test_an_unknown_mode_is_refused(mode):
    with pytest.raises(ConfigError):
        login.choose_mode(mode, True)


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "localhost", "[::1]:8501", "127.0.0.2:1"])
def test_local_mode_answers_this_machine(host):
    login.check_local("127.0.0.1", {"Host": host})


@pytest.mark.parametrize(("address", "headers"), [
    (None, {}), ("", {}), ("0.0.0.0", {}), ("::", {}), ("192.168.1.7", {}), ("example.org", {}),
    ("127.0.0.1", {"Host": "evil.test:8501"}), ("127.0.0.1", {"Host": "127.0.0.1.evil.test"}),
    ("127.0.0.1", {"Host": ""}), ("127.0.0.1", {"Host": "[::1"}), ("127.0.0.1", {"Host": "localhost@evil.test"}),
    ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}), ("127.0.0.1", {"Forwarded": "for=1"}),
])  # fmt: skip
def test_local_mode_answers_nobody_else(address, headers):
    with pytest.raises(NotAllowed):
        login.check_local(address, headers)


def test_a_whole_section_is_accepted():
    assert login.providers(AUTH) == {"default": "me"}
    assert login.metadata_url(AUTH, "default") == AUTH["server_metadata_url"]


def test_login_services_may_have_names():
    part = {key: AUTH[key] for key in ("client_id", "client_secret", "server_metadata_url")}
    auth = {
        "redirect_uri": AUTH["redirect_uri"],
        "cookie_secret": "s" * 32,
        "uni": part,
        "lab": {**part, "client_id": "x"},
    }
    assert login.providers(auth) == {"uni": "me", "lab": "x"}
    assert login.metadata_url(auth, "lab") == AUTH["server_metadata_url"]


@pytest.mark.parametrize("key", list(AUTH))
@pytest.mark.parametrize("value", [None, ""])
def test_a_section_that_lacks_anything_is_refused_by_the_name_of_the_key(key, value):
    with pytest.raises(ConfigError) as caught:
        login.providers({**AUTH, key: value})
    assert key in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(("key", "value"), [
    ("cookie_secret", "short"), ("redirect_uri", "http://xner.example.org/oauth2callback"),
    ("redirect_uri", "https://xner.example.org/"), ("server_metadata_url", "http://login.example.org/x"),
    ("server_metadata_url", "file:///etc/passwd"), ("redirect_uri", "https:///oauth2callback"),
])  # fmt: skip
def test_a_section_that_others_could_read_along_or_guess_is_refused(key, value):
    with pytest.raises(ConfigError, match=key):
        login.providers({**AUTH, key: value})


@pytest.mark.parametrize("auth", [None, {}, {**AUTH, "a_b": {"client_id": "x"}}])
def test_a_section_without_a_usable_service_is_refused(auth):
    with pytest.raises(ConfigError):
        login.providers(auth)


def test_headers_never_replace_a_login():
    with pytest.raises(ConfigError, match="trustedUserHeaders"):
        login.providers(AUTH, headers_become_claims=True)


def test_a_missing_package_is_named_with_the_pinned_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match=re.escape(f"pip install {login.PIN}")):
        login.providers(AUTH)


def test_the_pin_is_that_of_the_requirements():
    text = (Path(__file__).resolve().parents[3] / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(rf"^# {re.escape(login.PIN)}\b", text, re.MULTILINE)


def test_a_login_is_known_by_issuer_and_subject():
    user = who()
    assert (user.id, user.name, user.everywhere) == ("https://login.example.org#1", "Ada", None)
    assert who(iss="https://other.example.org").id != user.id
    assert who(name="Somebody else", email="new@example.org").id == user.id


@pytest.mark.parametrize(("changes", "name"), [
    ({"name": None}, "ada@example.org"), ({"name": "\u200b", "preferred_username": "al"}, "al"),
    ({"name": 7, "email": None}, "1"), ({"name": "Ada\n\u202eL"}, "Ada L"),
])  # fmt: skip
def test_a_login_without_a_usable_name_is_shown_by_the_next_best(changes, name):
    assert who(**changes).name == name


@pytest.mark.parametrize("claims", [{}, {"is_logged_in": False}, {**CLAIMS, "is_logged_in": "true"}])
def test_without_a_login_there_is_nobody(claims):
    assert who(claims) is None


@pytest.mark.parametrize("changes", [
    {"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"provider": "other"}, {"provider": None},
    {"iat": NOW - login.LOGIN_HOURS * 3600 - 1}, {"iat": None}, {"iat": "now"}, {"iat": True},
    {"iat": NOW + login.CLOCK_S + 1}, {"iat": float("nan")}, {"iss": ""}, {"iss": None},
    {"sub": ""}, {"sub": 1}, {"sub": "a\nb"}, {"sub": "a" * 400}, {"iat": float("-inf")},
])  # fmt: skip
def test_a_login_that_is_old_or_meant_for_something_else_is_refused(changes):
    with pytest.raises(NotAllowed):
        who(**changes)


@pytest.mark.parametrize(("admins", "changes", "is_admin"), [
    (None, {}, False), ("", {}, False), (" , ", {}, False), ("bob@example.org", {}, False),
    ("ada@example.org", {}, True), ("bob@x.org, Ada@Example.ORG ,", {}, True),
    ("https://login.example.org#1", {}, True),
    ("ada@example.org", {"email_verified": False}, False), ("ada@example.org", {"email_verified": None}, False),
    ("ada@example.org", {"email_verified": "true"}, False), ("1", {}, False), ("Ada", {}, False),
    ("strauss@example.org", {"email": "strauß@example.org"}, False), ("HTTPS://login.example.org#1", {}, False),
    ("ada@example.org", {"sub": "ada@example.org", "email": "x@example.org"}, False),
])  # fmt: skip
def test_an_administrator_is_named_by_id_or_by_an_address_that_was_verified(admins, changes, is_admin):
    assert who(admins=admins, **changes).everywhere == (Role.ADMIN if is_admin else None)


def test_the_proxy_names_the_user():
    user = login.proxy_user({**PROXY, "XNER_ADMINS": "ada"}, "10.0.0.5", [" ada "], "")
    assert (user.id, user.name, user.everywhere) == ("proxy:ada", "ada", Role.ADMIN)
    assert login.proxy_user(PROXY, "::ffff:10.0.0.5", ["bob"], "").everywhere is None


def test_streamlit_calls_this_machine_none():
    assert login.proxy_user({**PROXY, "XNER_PROXY_ADDRESS": "127.0.0.1"}, None, ["ada"], "").name == "ada"


@pytest.mark.parametrize(("address", "peer"), [
    ("10.0.0.5", "10.0.0.6"), ("10.0.0.5", None), ("10.0.0.5", "127.0.0.1"), ("10.0.0.5", ""),
    ("10.0.0.5", "unix"), ("127.0.0.9", None),
    ("127.0.0.1", "10.0.0.5"), ("10.0.0.0/8", "10.0.0.5"), ("proxy.example.org", "10.0.0.5"), ("*", "10.0.0.5"),
])  # fmt: skip
def test_a_header_from_any_other_address_is_refused(address, peer):
    with pytest.raises(NotAllowed):
        login.proxy_user({**PROXY, "XNER_PROXY_ADDRESS": address}, peer, ["ada"], "")


@pytest.mark.parametrize("values", [[], [""], [" "], ["ada", "bob"], ["ada", "ada"], ["a\x00b"], ["a" * 400]])
def test_a_header_that_names_nobody_or_several_is_refused(values):
    with pytest.raises(NotAllowed):
        login.proxy_user(PROXY, "10.0.0.5", values, "")


@pytest.mark.parametrize(("settings", "forwarded", "named"), [
    ({"XNER_PROXY_ADDRESS": "10.0.0.5"}, "", "XNER_PROXY_HEADER"), ({}, "", "XNER_PROXY_HEADER"),
    ({"XNER_PROXY_HEADER": "X-User"}, "", "XNER_PROXY_ADDRESS"),
    (PROXY, None, "FORWARDED_ALLOW_IPS"), (PROXY, "*", "FORWARDED_ALLOW_IPS"),
])  # fmt: skip
def test_half_a_proxy_is_refused_by_the_name_of_what_is_missing(settings, forwarded, named):
    with pytest.raises(ConfigError, match=named):
        login.proxy_user(settings, "10.0.0.5", ["ada"], forwarded)


VISITORS = {
    "local": (lambda: local_user("Ada"), Role.ADMIN),
    "oidc": (lambda: who(admins="bob@example.org"), None),
    "oidc, administrator": (lambda: who(admins="ada@example.org"), Role.ADMIN),
    "proxy": (lambda: login.proxy_user(PROXY, "10.0.0.5", ["ada"], ""), None),
    "proxy, administrator": (
        lambda: login.proxy_user({**PROXY, "XNER_ADMINS": "ada"}, "10.0.0.5", ["ada"], ""), Role.ADMIN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("granted", [None, *Role])
@pytest.mark.parametrize("needed", list(Role))
def test_in_every_mode_a_visitor_may_what_was_granted_or_configured_and_no_more(visitor, granted, needed):
    build, configured = VISITORS[visitor]
    role = role_of([(7, granted.value)] if granted else [], build(), 7)
    if any(have and have >= needed for have in (granted, configured)):
        check(role, needed)
    else:
        with pytest.raises(NotAllowed):
            check(role, needed)


@pytest.fixture
def service():
    """Return a function that starts a server with one answer and returns its address."""
    running = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/x"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_login_service_that_answers_is_fine(service):
    login.ask_provider(service(200, json.dumps({"authorization_endpoint": "https://x"}).encode()))


@pytest.mark.parametrize(
    ("status", "body"), [(503, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b"{}"), (200, b"\xff")]
)
def test_a_login_service_that_answers_something_else_is_named(service, status, body):
    with pytest.raises(NotAllowed, match=re.escape("127.0.0.1")):
        login.ask_provider(service(status, body))


def test_a_login_service_that_is_gone_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotAllowed, match="does not answer"):
        login.ask_provider(f"http://127.0.0.1:{port}/x")
