"""Where the service is and by what token it is asked.

Without an address it is the local run's, and the token one of the local issuer, made for this command alone. Elsewhere
the token is given, best in the environment. A local token goes to the local run's own process and nowhere else.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from meedoen.cli.relief.context import Desk
from meedoen.cli.relief.errors import RefusedError, wrong
from meedoen.stack.service_process import living_pid
from meedoen.stack.services import address_of
from meedoen.stack.state import KeptRun, read_run

SERVICE = "ontzorgen"
TOKEN_MINUTES = 10
START_IT = "start it with meedoen up, see how it fares with meedoen status"


@dataclass(frozen=True)
class Place:
    """`address` is without /v1; `advice` is what to do when nothing answers there."""

    address: str
    token: str = field(repr=False)
    is_local: bool
    advice: str


def find_place(desk: Desk) -> Place:
    """Raises RefusedError when there is no address or no token, or when they contradict each other."""
    named = {"--municipality": desk.municipality, "--as": desk.subject, "--role": desk.role}
    given = [option for option, value in named.items() if value is not None]
    if desk.token is not None and given:
        raise wrong(f"A token says by itself who asks: leave out {', '.join(given)}, or --token (MEEDOEN_TOKEN).")
    if desk.url is not None:
        return Place(
            _address(desk.url), _given_token(desk), False, "check --url (MEEDOEN_RELIEF_URL), or start ontzorgen there"
        )
    run = _local_run(desk.state)
    token = _local_token(desk, run) if desk.token is None else _clean(desk.token)
    return Place(address_of(run, SERVICE), token, True, START_IT)


def _local_run(state: Path) -> KeptRun:
    run = read_run(state.resolve())
    if run is None:
        raise RefusedError(
            f"Nothing was started in {state} yet: run meedoen up, name its folder with --state, "
            "or give the address of ontzorgen with --url (MEEDOEN_RELIEF_URL)."
        )
    if living_pid(run, SERVICE) is None:
        raise RefusedError(f"Ontzorgen does not run in {state}: {START_IT}.")
    return run


def _local_token(desk: Desk, run: KeptRun) -> str:
    from meedoen.cli.local import make_token

    return make_token(
        desk.state,
        role=desk.role or "budget_manager",
        municipality=desk.municipality or run.municipalities[0],
        subject=desk.subject or "local-user",
        minutes=TOKEN_MINUTES,
    )


def _given_token(desk: Desk) -> str:
    if desk.token is None:
        raise RefusedError(f"{desk.url} asks for a token: set MEEDOEN_TOKEN to one of its issuer.")
    return _clean(desk.token)


def _clean(token: str) -> str:
    """A token fit for a header. The sentence does not repeat it."""
    cleaned = token.strip()
    if not cleaned or not cleaned.isascii() or any(sign.isspace() for sign in cleaned):
        raise wrong("The token can not be used: give it whole, as one word, in MEEDOEN_TOKEN.")
    return cleaned


def _address(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or parts.username or parts.query or parts.fragment:
        raise wrong("--url (MEEDOEN_RELIEF_URL) does not look right: write it as https://HOST or https://HOST:PORT.")
    return url.strip().rstrip("/").removesuffix("/v1")
