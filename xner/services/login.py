"""How visitors of the app are known: three ways, each refused unless it is configured whole.

Values in, a user out; what asks streamlit for the values is `xner.ui.auth`.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from xner.errors import ConfigError, ModelUnavailable, NotAllowed
from xner.services.identity import Role, User, shown_name

PIN = "authlib==1.9.9"
"""What streamlit needs for logins; its HTTP client comes with spaCy or the hub's client."""
LOGIN_HOURS = 12
"""A login older than this is asked for again. Streamlit itself would keep it for 30 days; the token's own end says how
long it may be exchanged, often 5 minutes, and not how long somebody works."""
CLOCK_S = 600
"""By how much the clock of the login service may be ahead of ours."""
MIN_SECRET = 32
"""Characters of the secret that signs the login cookie."""
ANSWER_S = 5.0
_ASK = "Ask whoever runs this server."
_MAKE_ONE = 'Make one with: python -c "import secrets; print(secrets.token_hex(32))"'
_CALLED_NONE = ("127.0.0.1", "::1")
"""The addresses that streamlit gives as None."""
_PER_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def choose_mode(setting: str | None, has_auth_section: bool) -> str:
    """Return ``local``, ``oidc`` or ``proxy``.

    Args:
        setting: XNER_AUTH; None or empty leaves the choice to what is configured.
        has_auth_section: whether the secrets have a section [auth].

    Raises:
        ConfigError: there is no such mode.
    """
    mode = setting or ("oidc" if has_auth_section else "local")
    if mode not in ("local", "oidc", "proxy"):
        raise ConfigError(f"XNER_AUTH={mode!r} is no way to log in.", f"Known are local, oidc and proxy. {_ASK}")
    return mode


def is_loopback(address: str | None) -> bool:
    """Tell whether only this machine can reach the address; no address means every network card.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback(None)
        (True, True, False, False)
    """
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def check_local(address: str | None, headers: Mapping[str, str]) -> None:
    """Return if only people at this machine can be asking.

    Args:
        address: what the server is bound to.
        headers: those of the visitor's connection. A host that is not this machine is a foreign page that had its own
            name point here (DNS rebinding); a forwarding header is a proxy, whose visitors may be anybody.

    Raises:
        NotAllowed: others might reach it.
    """
    if not is_loopback(address):
        raise NotAllowed(
            "This server can be reached from other machines, so it shows nothing.",
            "Without accounts whoever reaches the address reaches the data. Start the app with `streamlit run app.py` "
            "in its own folder (its settings bind to 127.0.0.1), give `--server.address 127.0.0.1`, or set up a login.",
        )
    host = headers.get("Host")
    if host is not None and not is_loopback(_hostname(f"//{host}")):
        raise NotAllowed(
            f"This server was asked for under the name {host[:100]!r}, so it shows nothing.",
            "Without accounts it answers only as localhost or 127.0.0.1. For other names set up a login.",
        )
    if any(name in headers for name in _FORWARDED):
        raise NotAllowed(
            "A proxy stands before this server, so it shows nothing.",
            "Without accounts whoever reaches the proxy reaches the data. Set up a login: XNER_AUTH=oidc or proxy.",
        )


def providers(auth: Mapping[str, object] | None, *, headers_become_claims: bool = False) -> dict[str, str]:
    """Return the login services that are configured whole: name (``default`` for an unnamed one) to client id.

    Args:
        auth: the section [auth] of the secrets.
        headers_become_claims: whether `server.trustedUserHeaders` is set: such headers replace what the login said.

    Raises:
        ConfigError: the section is missing, or something in it; names the key and never a value.
        ModelUnavailable: the package for logins is not installed.
    """
    if not auth:
        raise ConfigError("The secrets have no section [auth].", f"The README shows one. {_ASK}")
    if headers_become_claims:
        raise ConfigError("server.trustedUserHeaders lets a header replace the login.", f"Take it out. {_ASK}")
    if importlib.util.find_spec("authlib") is None:
        raise ModelUnavailable("Logins need the package authlib.", f"pip install {PIN} – {_ASK}")
    _check_shared(auth)
    named = {name: part for name, part in auth.items() if isinstance(part, Mapping) and name != "client_kwargs"}
    found = {"default": auth} if not named or any(key in auth for key in _PER_PROVIDER) else {}
    found |= {name: part for name, part in named.items() if any(key in part for key in _PER_PROVIDER)}
    if not found:
        raise ConfigError("[auth] names no login service.", f"Give it {', '.join(_PER_PROVIDER)}. {_ASK}")
    return {name: _check_provider(name, part) for name, part in found.items()}


def metadata_url(auth: Mapping[str, object], provider: str) -> str:
    """Return the address of the discovery document of a login service."""
    part = auth if provider == "default" and "server_metadata_url" in auth else auth[provider]
    if not isinstance(part, Mapping):
        raise ConfigError(f"[auth.{provider}] is not a section.", _ASK)
    return str(part["server_metadata_url"])


def ask_provider(url: str) -> None:
    """Return if the login service answers with its discovery document; asked as the login itself will ask.

    Raises:
        NotAllowed: it does not.
    """
    try:
        import httpx2 as http  # what authlib takes where it is installed
    except ModuleNotFoundError:
        import httpx as http  # type: ignore[no-redef]
    host = _hostname(url)
    try:
        answer = http.get(url, timeout=ANSWER_S, follow_redirects=True)
        answer.raise_for_status()
        document = answer.json()
    except (http.HTTPError, http.InvalidURL, json.JSONDecodeError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise NotAllowed(f"The login service {host} does not answer ({kind}).", f"Try again later. {_ASK}") from None
    if not isinstance(document, Mapping) or not document.get("authorization_endpoint"):
        raise NotAllowed(f"What {host} answers is no login service.", f"server_metadata_url is wrong. {_ASK}")


def oidc_user(claims: Mapping[str, object], clients: Mapping[str, str], admins: str | None, now: float) -> User | None:
    """Return who logged in, ``None`` where nobody did.

    Streamlit and authlib have checked signature, issuer, nonce and times when the login was made. Two things they leave
    to the app: the age of a login, and the audience of a token that also names us as authorised party.

    Args:
        claims: what streamlit holds of the visitor's identity token.
        clients: provider to client id, from `providers`.
        admins: XNER_ADMINS.
        now: seconds since 1970.

    Raises:
        NotAllowed: the login is too old, or was made for something else.
    """
    if claims.get("is_logged_in") is not True:
        return None
    client = clients.get(str(claims.get("provider")))
    audience = claims.get("aud")
    if client is None or client not in (audience if isinstance(audience, list) else [audience]):
        raise NotAllowed("This login was made for another application.", f"Log in again. {_ASK}")
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, (int, float)) or not issued <= now + CLOCK_S:
        raise NotAllowed("This login does not say when it was made.", f"Log in again. {_ASK}")
    if now - issued > LOGIN_HOURS * 3600:
        raise NotAllowed(f"This login is older than {LOGIN_HOURS} hours.", "Log in again.")
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        raise NotAllowed("The login names nobody.", _ASK)
    user_id = f"{issuer}#{subject}"
    texts = [text for key in ("name", "preferred_username", "email", "sub") if isinstance(text := claims.get(key), str)]
    name = next(filter(None, map(shown_name, texts)), user_id)
    email = claims.get("email") if claims.get("email_verified") is True else None
    return User(user_id, name, _configured_role(admins, user_id, email if isinstance(email, str) else None))


def proxy_user(
    settings: Mapping[str, str], peer: str | None, values: Sequence[str], forwarded_allow_ips: str | None
) -> User:
    """Return the user that a proxy names in a header.

    Args:
        settings: XNER_PROXY_HEADER, XNER_PROXY_ADDRESS and XNER_ADMINS.
        peer: address of the other end of the connection; streamlit gives None for 127.0.0.1 and ::1.
        values: every value of the header in this connection.
        forwarded_allow_ips: the variable FORWARDED_ALLOW_IPS of the server. Unless it is empty, the server believes an
            X-Forwarded-For header from this machine, and `peer` would be what a visitor wrote.

    Raises:
        ConfigError: a setting is missing or wrong.
        NotAllowed: the connection is not the proxy's, or the header names nobody or several.
    """
    header, address = settings.get("XNER_PROXY_HEADER", ""), settings.get("XNER_PROXY_ADDRESS", "")
    if not header or not address:
        missing = "XNER_PROXY_ADDRESS" if header else "XNER_PROXY_HEADER"
        raise ConfigError(f"XNER_AUTH=proxy needs {missing}.", _ASK)
    if forwarded_allow_ips != "":
        raise ConfigError(
            "XNER_AUTH=proxy needs the environment variable FORWARDED_ALLOW_IPS, set to nothing.",
            f"Otherwise a header decides whose address the server sees. {_ASK}",
        )
    if not _same_address(peer, address):
        raise NotAllowed("This connection does not come from the proxy that logs people in.", _ASK)
    if len(values) != 1 or not values[0].strip():
        raise NotAllowed("The proxy did not say who you are.", f"Log in there. {_ASK}")
    value = values[0].strip()
    return User(f"proxy:{value}", shown_name(value) or value, _configured_role(settings.get("XNER_ADMINS"), value))


def _check_shared(auth: Mapping[str, object]) -> None:
    redirect = str(auth.get("redirect_uri") or "")
    if not redirect.endswith("/oauth2callback") or not _is_safe(redirect):
        raise ConfigError(
            "redirect_uri in [auth] must be the app's own address and end in /oauth2callback.",
            f"It begins with https://, on this machine alone http:// will do. {_ASK}",
        )
    if len(str(auth.get("cookie_secret") or "")) < MIN_SECRET:
        raise ConfigError(
            f"cookie_secret in [auth] is missing or shorter than {MIN_SECRET} characters.", f"{_MAKE_ONE} – {_ASK}"
        )


def _check_provider(name: str, part: Mapping[str, object]) -> str:
    section = "[auth]" if name == "default" else f"[auth.{name}]"
    if "_" in name:
        raise ConfigError(f"{section}: a name of a login service has no underscore.", _ASK)
    missing = [key for key in _PER_PROVIDER if not part.get(key)]
    if missing:
        raise ConfigError(f"{section} in the secrets lacks {', '.join(missing)}.", _ASK)
    if not _is_safe(str(part["server_metadata_url"])):
        raise ConfigError(f"server_metadata_url in {section} must begin with https://.", _ASK)
    return str(part["client_id"])


def _is_safe(url: str) -> bool:
    """Tell whether nobody on the way can read along: https, or a way that does not leave this machine."""
    scheme = url.partition("://")[0]
    return bool(_hostname(url)) and (scheme == "https" or (scheme == "http" and is_loopback(_hostname(url))))


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _same_address(peer: str | None, configured: str) -> bool:
    try:
        wanted = ipaddress.ip_address(configured)
        if peer is None:
            return configured in _CALLED_NONE
        found = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found) == wanted


def _configured_role(admins: str | None, *names: str | None) -> Role | None:
    listed = [entry.strip() for entry in (admins or "").split(",") if entry.strip()]
    return Role.ADMIN if any(_names(entry, name) for entry in listed for name in names if name) else None


def _names(entry: str, name: str) -> bool:
    """Compare letter by letter; ASCII addresses without case (other letters fold into one another: ß and ss)."""
    both: Iterable[str] = (entry, name)
    if all(text.isascii() and "@" in text and "#" not in text for text in both):
        return entry.lower() == name.lower()
    return entry == name
