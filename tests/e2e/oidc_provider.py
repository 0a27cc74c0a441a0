"""A small real OpenID Connect provider on this machine: discovery, login form, code with PKCE, RS256 tokens, logout.

It holds its callers to the protocol (registered redirect address, S256, one use of a code, client secret), so that a
login that works here would work elsewhere, and can be told to break one promise at a time.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "xner-test", secrets.token_urlsafe(16)
USERS = {
    "ada": {"sub": "u-1", "name": "Ada Lovelace", "email": "ada@example.org", "email_verified": True},
    "bob": {"sub": "u-2", "name": "Bob", "email": "ada@example.org", "email_verified": False},  # claims Ada's address
    "eve": {"sub": "u-3", "name": "<img src=x onerror=window.owned=1> *Eve* :red[x]", "email": "eve@example.org"},
}
FAULTS = (
    "error",
    "no discovery",
    "signature",
    "algorithm",
    "audience",
    "authorised party",
    "expired",
    "nonce",
    "issuer",
    "token error",
)
FORM = """<!doctype html><title>Test login</title><h1>Test login</h1>
<form method="post"><label>User <input name="user" autofocus></label><button>Log in here</button>{hidden}</form>"""


class Provider(ThreadingHTTPServer):
    """The provider; `fault` is the promise that it breaks at present, None or one of FAULTS."""

    daemon_threads = True

    def __init__(self, redirect_uri: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.redirect_uri = redirect_uri
        self.fault: str | None = None
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.other_key = RSAKey.generate_key(2048, {"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.logouts = 0

    def discovery(self) -> dict[str, object]:
        """Return the discovery document."""
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{path}" for name, path in paths.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def id_token(self, user: str, nonce: str) -> str:
        """Return a signed token about a user, with the present fault in it."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **USERS[user]}
        claims |= {
            "audience": {"aud": "another-application"},
            "authorised party": {"aud": "another-application", "azp": CLIENT},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "nonce": {"nonce": "of-another-login"},
            "issuer": {"iss": "http://127.0.0.1:1"},
        }.get(self.fault or "", {})
        if self.fault == "algorithm":
            parts = (json.dumps({"alg": "none", "kid": "one"}), json.dumps(claims))
            return ".".join(_base64(part.encode()) for part in parts) + "."
        key = self.other_key if self.fault == "signature" else self.key
        return str(jwt.encode({"alg": "RS256", "kid": "one"}, claims, key))


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/.well-known/openid-configuration":
            if self.server.fault == "no discovery":
                self._answer(503, b"down for repair", "text/plain")
            else:
                self._json(self.server.discovery())
        elif url.path == "/jwks":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif url.path == "/authorize":
            self._authorize(query)
        elif url.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            user = self.server.tokens.get(token)
            self._json(USERS[user] if user else {"error": "invalid_token"}, 200 if user else 401)
        elif url.path == "/logout":
            self.server.logouts += 1
            self._redirect(query["post_logout_redirect_uri"], self.server.redirect_uri)
        else:
            self._answer(404, b"no such page", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if urlsplit(self.path).path == "/authorize":
            self._logged_in(form)
        else:
            self._token(form)

    def _authorize(self, query: dict[str, str]) -> None:
        expected = {"client_id": CLIENT, "redirect_uri": self.server.redirect_uri, "response_type": "code"}
        wrong = [name for name, value in expected.items() if query.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if not query.get(name)]
        if wrong or query.get("code_challenge_method") != "S256" or "openid" not in query.get("scope", "").split():
            self._answer(400, f"bad request: {wrong}".encode(), "text/plain")
            return
        if self.server.fault == "error":
            self._back(query["redirect_uri"], error="access_denied", error_description="no", state=query["state"])
            return
        kept = ("state", "nonce", "code_challenge", "redirect_uri")
        hidden = "".join(f'<input type="hidden" name="{n}" value="{html.escape(query[n])}">' for n in kept)
        self._answer(200, FORM.format(hidden=hidden).encode(), "text/html; charset=utf-8")

    def _logged_in(self, form: dict[str, str]) -> None:
        if form.get("user") not in USERS or form.get("redirect_uri") != self.server.redirect_uri:
            self._answer(403, b"unknown user", "text/plain")
            return
        code = secrets.token_urlsafe(16)
        self.server.codes[code] = form
        self._back(form["redirect_uri"], code=code, state=form["state"])

    def _token(self, form: dict[str, str]) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        login = self.server.codes.pop(form.get("code", ""), None)  # a code works once
        proof = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = given == base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not known or login is None or proof != login["code_challenge"] or self.server.fault == "token error":
            self._json({"error": "invalid_grant"}, 400)
            return
        access = secrets.token_urlsafe(16)
        self.server.tokens[access] = login["user"]
        token = self.server.id_token(login["user"], login["nonce"])
        self._json({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def _back(self, address: str, **query: str) -> None:
        self._redirect(f"{address}?{urlencode(query)}", self.server.redirect_uri)

    def _redirect(self, address: str, allowed: str) -> None:
        if not address.startswith(allowed):
            self._answer(400, b"redirect address is not registered", "text/plain")
            return
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, value: object, status: int = 200) -> None:
        self._answer(status, json.dumps(value).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what matters is asserted."""


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def run_provider(redirect_uri: str) -> Iterator[Provider]:
    """Start a provider for one client and yield it; it ends with the block."""
    provider = Provider(redirect_uri)
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
