"""Who gets in: through a real provider and a real proxy, in a real browser, and nobody else."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from tests.e2e.conftest import ROOT, run_server
from tests.e2e.header_proxy import run_proxy
from tests.e2e.oidc_provider import CLIENT, FAULTS, SECRET, USERS, Provider, run_provider
from xner.services.login import LOGIN_HOURS

COOKIE_SECRET = secrets.token_hex(32)
OURS = "XNER_DATABASE_URL", "XNER_AUTH", "XNER_ADMINS", "XNER_PROXY_HEADER", "XNER_PROXY_ADDRESS", "FORWARDED_ALLOW_IPS"
REFUSED = [fault for fault in FAULTS if fault != "no discovery"]


def addresses() -> list[str]:
    """Return every address a page has, by its name in app.py and by the name of its file."""
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    keywords = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword)]
    named = {ast.literal_eval(keyword.value) for keyword in keywords if keyword.arg == "url_path"}
    files = {re.sub(r"^\d+_", "", path.stem) for path in (ROOT / "pages").glob("*.py")}
    return sorted({"", *named, *files})


@contextmanager
def environment(**settings: str) -> Iterator[None]:
    """Set the settings of logins for the servers that start inside, and only these."""
    before = dict(os.environ)
    for name in OURS:
        os.environ.pop(name, None)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def server_with(log: Path, **settings: str) -> Iterator[str]:
    """Start a server with these settings and yield its address; servers that start meanwhile have their own."""
    with ExitStack() as stack:
        with environment(XNER_DATA=str(log.parent / "data"), **settings):
            address = stack.enter_context(run_server(log))
        yield address


def write_secrets(folder: Path, issuer: str, **changes: str | None) -> str:
    """Write the secrets of a server and return their path; None leaves a key out."""
    values = {
        "redirect_uri": "http://127.0.0.1:{port}/oauth2callback", "cookie_secret": COOKIE_SECRET, "client_id": CLIENT,
        "client_secret": SECRET, "server_metadata_url": f"{issuer}/.well-known/openid-configuration", **changes,
    }  # fmt: skip
    lines = [f'{key} = "{value}"' for key, value in values.items() if value is not None]
    path = folder / "secrets.toml"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(["[auth]", *lines, 'client_kwargs = { prompt = "login" }']))
    return str(path)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider("") as running:
        yield running


@pytest.fixture(scope="module")
def guarded(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that asks the provider."""
    folder = tmp_path_factory.mktemp("guarded")
    secrets_file = write_secrets(folder, provider.issuer)
    with server_with(folder / "log", STREAMLIT_SECRETS_FILES=secrets_file, XNER_ADMINS="ada@example.org") as address:
        provider.redirect_uri = f"{address}/oauth2callback"
        yield address


@pytest.fixture(autouse=True)
def whole(provider: Provider) -> Iterator[None]:
    """Let the provider keep its promises again after a test."""
    yield
    provider.fault = None


def main(page: Any) -> Any:
    return page.get_by_test_id("stMain")


def expect_login_page(page: Any) -> None:
    """Wait for the login page and see that it is all there is."""
    button = main(page).get_by_role("button", name="Log in")
    expect(button).to_be_visible()
    expect(main(page).get_by_role("button")).to_have_count(1)
    expect(main(page).get_by_role("heading")).to_have_text(["xner"])
    expect(main(page)).to_contain_text("ask whoever runs this server")
    expect(main(page).locator("input, textarea, iframe, .xpv, .xse, .xflow")).to_have_count(0)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    assert len(main(page).inner_text()) < 600


def log_in(page: Any, user: str = "ada") -> None:
    """Go through the provider as a user, from the login page."""
    main(page).get_by_role("button", name="Log in").click()
    page.get_by_label("User").fill(user)
    page.get_by_role("button", name="Log in here").click()


def shown_user(page: Any) -> Any:
    return page.get_by_test_id("stSidebarUserContent")


@pytest.mark.parametrize("path", [
    address if address in ("", "inspect", "inspection") else pytest.param(address, marks=pytest.mark.slow)
    for address in addresses()
])  # fmt: skip
def test_no_address_shows_anything_before_login_as_the_first_request_to_a_server(path, page, provider, tmp_path):
    secrets_file = write_secrets(tmp_path, provider.issuer)
    with server_with(tmp_path / "log", STREAMLIT_SECRETS_FILES=secrets_file) as address:
        page.goto(f"{address}/{path}")
        expect_login_page(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.outside == []


def test_somebody_logs_in_is_named_everywhere_and_logs_out(page, provider, guarded):
    page.goto(f"{guarded}/add")
    expect_login_page(page)
    log_in(page)
    expect(shown_user(page)).to_contain_text("Ada Lovelace")
    expect(main(page).get_by_role("button", name="Log in")).to_have_count(0)
    page.goto(f"{guarded}/add")
    expect(main(page).get_by_role("heading", level=1)).to_have_text("Add text")
    expect(shown_user(page)).to_contain_text("Ada Lovelace")

    before = provider.logouts
    page.get_by_role("button", name="Log out").click()
    expect_login_page(page)
    assert provider.logouts == before + 1
    for path in ("", "add"):
        page.goto(f"{guarded}/{path}")
        expect_login_page(page)
    assert page.outside == []


def test_a_login_leads_to_the_page_that_was_asked_for_once(page, guarded):
    page.goto(f"{guarded}/export?corpus=77")
    expect_login_page(page)
    log_in(page)
    expect(main(page).get_by_role("heading", level=1)).to_have_text("Export")
    expect(page).to_have_url(f"{guarded}/export?corpus=77")
    expect(page.get_by_test_id("stSidebarNavLink")).not_to_have_count(0)
    page.wait_for_function("!document.cookie.includes('xner_wanted')")
    page.goto(guarded)
    expect(main(page).get_by_role("heading", level=1)).to_have_text("xner")
    expect(main(page).get_by_role("heading", name="Add text")).to_be_visible()
    expect(page).to_have_url(f"{guarded}/")


def test_a_name_from_the_provider_is_shown_letter_by_letter(page, guarded):
    page.goto(guarded)
    log_in(page, "eve")
    expect(shown_user(page)).to_contain_text(str(USERS["eve"]["name"]))
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.evaluate("window.owned") is None


@pytest.mark.parametrize("fault", REFUSED)
def test_a_provider_that_breaks_a_promise_lets_nobody_in(fault, page, provider, guarded):
    page.goto(guarded)
    expect_login_page(page)
    provider.fault = fault
    with page.expect_response("**/oauth2callback?*"):
        if fault == "error":
            main(page).get_by_role("button", name="Log in").click()
        else:
            log_in(page)
    expect_login_page(page)
    expect(page.get_by_text("Ada Lovelace")).to_have_count(0)

    provider.fault = None
    log_in(page)
    expect(shown_user(page)).to_contain_text("Ada Lovelace")


def test_a_provider_that_is_down_is_said_to_be_down(page, provider, guarded):
    page.goto(guarded)
    provider.fault = "no discovery"
    main(page).get_by_role("button", name="Log in").click()
    expect(main(page).get_by_role("alert")).to_contain_text("The login service 127.0.0.1 does not answer")
    expect(page.get_by_text("Ada Lovelace")).to_have_count(0)


HOUR = 3600


@pytest.mark.parametrize(("signed_with", "changes", "age_s", "gets_in"), [
    (COOKIE_SECRET, {}, 60, True),  # what the server itself would have written: the others fail for their reason alone
    (COOKIE_SECRET, {}, LOGIN_HOURS * HOUR + 60, False),
    (COOKIE_SECRET, {"aud": "another-application"}, 60, False),
    (COOKIE_SECRET, {"provider": "other"}, 60, False),
    (COOKIE_SECRET, {"origin": "http://127.0.0.1:1"}, 60, False),
    (COOKIE_SECRET, {"is_logged_in": False}, 60, False),
    ("another secret, long enough to be one", {}, 60, False),
    ("", {}, 60, False),
], ids=["whole", "old", "audience", "provider", "origin", "logged out", "other secret", "no secret"])  # fmt: skip
def test_a_cookie_lets_in_only_whom_the_server_let_in_lately(
    signed_with, changes, age_s, gets_in, page, guarded, provider
):
    now = int(time.time())
    claims = {
        "iss": provider.issuer, "aud": CLIENT, "iat": now - age_s, "exp": now + 300, "origin": guarded,
        "is_logged_in": True, "provider": "default", **USERS["ada"], **changes,
    }  # fmt: skip
    value = create_signed_value(signed_with, "_streamlit_user", json.dumps(claims)).decode()
    page.context.add_cookies([{"name": "_streamlit_user", "value": value, "url": guarded}])
    page.goto(guarded)
    if gets_in:
        expect(shown_user(page)).to_contain_text("Ada Lovelace")
        return
    expect(main(page).get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_text("Ada Lovelace")).to_have_count(0)
    expect(main(page).get_by_role("button")).to_have_count(1)


PROXIED = {
    "XNER_AUTH": "proxy",
    "XNER_PROXY_HEADER": "X-Remote-User",
    "XNER_PROXY_ADDRESS": "127.0.0.9",
    "FORWARDED_ALLOW_IPS": "",
    "XNER_ADMINS": "ada-of-the-lab",
}


def test_only_the_proxy_may_say_who_somebody_is(browser, tmp_path):
    with server_with(tmp_path / "log", **PROXIED) as address:
        with run_proxy(address, "127.0.0.9", {"X-Remote-User": "ada-of-the-lab"}) as proxy:
            page = _visit(browser, proxy)
            expect(shown_user(page)).to_contain_text("ada-of-the-lab")
            expect(main(page).get_by_role("button")).not_to_have_count(0)
            page.context.close()
        forged = {"X-Remote-User": "ada-of-the-lab", "X-Forwarded-For": "127.0.0.9", "Forwarded": "for=127.0.0.9"}
        for source in ("127.0.0.1", "127.0.0.10"):
            with run_proxy(address, source, forged) as proxy:
                _expect_words_only(_visit(browser, proxy), "does not come from the proxy")
        _expect_words_only(_visit(browser, address), "does not come from the proxy")
        with run_proxy(address, "127.0.0.9", {"X-Remote-User": ""}) as proxy:
            _expect_words_only(_visit(browser, proxy), "did not say who you are")


def test_a_forwarded_address_is_not_believed_where_the_server_would_believe_it(browser, tmp_path):
    settings = {name: value for name, value in PROXIED.items() if name != "FORWARDED_ALLOW_IPS"}
    forged = {"X-Remote-User": "ada-of-the-lab", "X-Forwarded-For": "127.0.0.9"}
    with server_with(tmp_path / "log", **settings) as address, run_proxy(address, "127.0.0.1", forged) as proxy:
        _expect_words_only(_visit(browser, proxy), "FORWARDED_ALLOW_IPS")


def test_without_logins_the_server_answers_only_under_names_of_this_machine(browser, server):
    with run_proxy(server, "127.0.0.1", {"Host": "evil.test", "Origin": "http://evil.test"}) as proxy:
        _expect_words_only(_visit(browser, proxy), "under the name 'evil.test'")
    with run_proxy(server, "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}) as proxy:
        _expect_words_only(_visit(browser, proxy), "A proxy stands before this server")


@pytest.mark.parametrize(("content", "words"), [
    ("[auth\n", "can't be read"), ("[auth]\n", "no section"),
    ('[auth]\nredirect_uri = "http://127.0.0.1/oauth2callback"\n', "cookie_secret"),
], ids=["broken", "empty", "half"])  # fmt: skip
def test_half_a_configuration_shows_nothing(content, words, browser, tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text(content, encoding="utf-8")
    with server_with(tmp_path / "log", STREAMLIT_SECRETS_FILES=str(file)) as address:
        _expect_words_only(_visit(browser, f"{address}/add"), words)


def _visit(browser: Any, address: str) -> Any:
    page = browser.new_context().new_page()
    page.goto(address)
    return page


def _expect_words_only(page: Any, words: str) -> None:
    expect(main(page).get_by_role("alert")).to_contain_text(words)
    expect(main(page).get_by_role("heading")).to_have_count(0)
    expect(main(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.context.close()


def test_a_browser_knows_after_a_reload_who_works_in_it_and_others_are_offered_the_names(browser, tmp_path):
    with server_with(tmp_path / "log") as address:
        mine, theirs = (browser.new_context().new_page() for _ in range(2))
        for page, name in ((mine, "Ada % Łódź"), (theirs, "Ben")):
            page.goto(address)
            if page is theirs:
                page.get_by_test_id("stSidebarUserContent").get_by_role("button").first.click()
            page.get_by_label("Your name").fill(name)
            page.get_by_label("Your name").press("Enter")
            expect(shown_user(page)).to_contain_text(name)
            page.wait_for_function("document.cookie.includes('xner_name')")
        for page, name in ((mine, "Ada % Łódź"), (theirs, "Ben")):
            page.goto(f"{address}/add")
            expect(shown_user(page)).to_contain_text(name)
            expect(page.get_by_text("Who is working here?")).to_have_count(0)
        fresh = browser.new_context().new_page()
        fresh.goto(address)
        fresh.get_by_role("button", name="Ben").click()
        expect(shown_user(fresh)).to_contain_text("Ben")
        for page in (mine, theirs, fresh):
            page.context.close()
