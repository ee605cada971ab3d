"""Where the service is and which token a request carries.

Without an address it is the local run's, with a token of the local issuer that is made for this command alone.
Elsewhere the token is passed in, best through the environment. A local token goes to the local run's own process and
nowhere else.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from meedoen.cli.relief.context import CommandContext
from meedoen.cli.relief.errors import RefusedError, usage_error
from meedoen.stack.service_process import running_pid
from meedoen.stack.services import service_address
from meedoen.stack.state import RunState, read_run

SERVICE = "ontzorgen"
TOKEN_MINUTES = 10
_ROLES = {"POST /runs/{run_id}/payment-files": "treasurer", "GET /payment-files/{file_id}/content": "treasurer"}
START_IT = "start it with meedoen up, check it with meedoen status"


@dataclass(frozen=True)
class Endpoint:
    """`address` is without /v1; `advice` is what to do if nothing answers there."""

    address: str
    token: str = field(repr=False)
    is_local: bool
    advice: str


def find_endpoint(context: CommandContext) -> Endpoint:
    """Return the endpoint; RefusedError if address or token is missing, or if they contradict each other."""
    find_operation = {"--municipality": context.municipality, "--as": context.subject, "--role": context.role}
    options_used = [option for option, value in find_operation.items() if value is not None]
    if context.token is not None and options_used:
        raise usage_error(
            f"A token already names the user: leave out {', '.join(options_used)}, or --token (MEEDOEN_TOKEN)."
        )
    if context.url is not None:
        return Endpoint(
            _check_url(context.url),
            _require_token(context),
            False,
            "check --url (MEEDOEN_RELIEF_URL), or start ontzorgen there",
        )
    run = _local_run(context.state)
    token = _local_token(context, run) if context.token is None else _clean_token(context.token)
    return Endpoint(service_address(run, SERVICE), token, True, START_IT)


def _local_run(state: Path) -> RunState:
    run = read_run(state.resolve())
    if run is None:
        raise RefusedError(
            f"Nothing has been started in {state} yet: run meedoen up, name its folder with --state, "
            "or give the address of ontzorgen with --url (MEEDOEN_RELIEF_URL)."
        )
    if running_pid(run, SERVICE) is None:
        raise RefusedError(f"Ontzorgen is not running in {state}: {START_IT}.")
    return run


def _local_token(context: CommandContext, run: RunState) -> str:
    from meedoen.cli.local import create_token

    return create_token(
        context.state,
        role=context.role or _ROLES.get(context.operation, "budget_manager"),
        municipality=context.municipality or run.municipalities[0],
        subject=context.subject or "local-user",
        minutes=TOKEN_MINUTES,
    )


def _require_token(context: CommandContext) -> str:
    if context.token is None:
        raise RefusedError(f"{context.url} requires a token: set MEEDOEN_TOKEN to one of its issuer.")
    return _clean_token(context.token)


def _clean_token(token: str) -> str:
    """Return a token fit for a header. The error does not repeat it."""
    cleaned = token.strip()
    if not cleaned or not cleaned.isascii() or any(sign.isspace() for sign in cleaned):
        raise usage_error("The token is malformed: set MEEDOEN_TOKEN to the whole token, without spaces.")
    return cleaned


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or parts.username or parts.query or parts.fragment:
        raise usage_error(
            "--url (MEEDOEN_RELIEF_URL) does not look right: write it as https://HOST or https://HOST:PORT."
        )
    return url.strip().rstrip("/").removesuffix("/v1")
