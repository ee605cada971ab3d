"""Requests to notifications about partners, of the local run, each with a token of who would do it."""

from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from meedoen.cli.local import create_token, require_run
from meedoen.cli.relief.client import error_from_problem
from meedoen.cli.relief.errors import RefusedError
from meedoen.cli.relief.parsing import TODAY, parse_day
from meedoen.stack.service_process import running_pid
from meedoen.stack.services import service_address
from shared.calendar import add_months
from shared.identity import Role

SERVICE: Final = "notifications"
COORDINATOR: Final = ("local-coordinator", Role.REGIONAL_COORDINATOR)
COLLEAGUE: Final = ("local-colleague", Role.REGIONAL_COORDINATOR)
CASE_MANAGER: Final = ("local-case-manager", Role.CASE_MANAGER)
_TOKEN_MINUTES: Final = 10
_PURPOSE_MONTHS: Final = 12
_ANSWER_SECONDS_MAX: Final = 30.0


class PartnerApi:
    """The API of notifications in the run of a folder."""

    def __init__(self, state: Path, municipality: str | None = None) -> None:
        run = require_run(state)
        if running_pid(run, SERVICE) is None:
            raise RefusedError(f"Notifications is not running in {state}: start it with meedoen up.")
        self._state = state
        self._municipality = municipality or run.municipalities[0]
        self._client = httpx.Client(
            base_url=f"{service_address(run, SERVICE)}/v1", timeout=_ANSWER_SECONDS_MAX, trust_env=False
        )

    def ask(
        self, method: str, path: str, who: tuple[str, str], body: dict[str, Any] | None = None, **query: Any
    ) -> Any:
        """Return the answer to `who`, a subject and a role; RefusedError says what was refused."""
        subject, role = who
        token = create_token(
            self._state, role=role, municipality=self._municipality, subject=subject, minutes=_TOKEN_MINUTES
        )
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self._client.request(method, path, json=body, params=query, headers=headers)
        except httpx.HTTPError as problem:
            raise RefusedError(
                f"Notifications did not answer ({type(problem).__name__}): check it with meedoen status."
            ) from None
        document = answer.json()
        if not answer.is_success:
            raise error_from_problem(document, body)
        return document


def build_partner(name: str, subject: str, purpose: str, kind: str, creditors: list[str]) -> dict[str, Any]:
    """Return a partner as it is registered in a local run: for a year from today."""
    today = date.fromisoformat(parse_day(TODAY))
    return {
        "id": str(uuid4()),
        "name": name,
        "kind": kind,
        "purpose": purpose,
        "token_subject": subject,
        "contact_email": "beheer@partner.example",
        "registered_on": today.isoformat(),
        "ends_on": add_months(today, _PURPOSE_MONTHS).isoformat(),
        "creditors": creditors,
    }


def as_partner(partner: str) -> tuple[str, str]:
    """Return who a partner's program is, in a local run."""
    return partner, Role.PARTNER
