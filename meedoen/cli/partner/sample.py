"""The sample partner of a local run: a creditor that registers, subscribes and listens."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

import uvicorn

from meedoen.cli.partner.api import COLLEAGUE, COORDINATOR, PartnerApi, as_partner, build_partner
from meedoen.cli.partner.receiver import SampleReceiver

_TYPES: Final = tuple(
    f"nl.meedoen.ontzorgen.{name}.v1"
    for name in ("mandate-granted", "mandate-revoked", "fixed-charge-changed", "fixed-charges-deducted", "relief-ended")
)


def run_sample_partner(
    state: Path, municipality: str | None, creditor: str, port: int, show: Callable[[str], None]
) -> None:
    """Register a creditor, subscribe it, have a colleague approve, and print what comes until it is interrupted."""
    api, subject = PartnerApi(state, municipality), f"sample-{uuid4()}"
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        sink = f"http://127.0.0.1:{listener.getsockname()[1]}/events"
        secret = _subscribe(api, subject, creditor, sink)
        show(f"Listening at {sink} for what concerns the creditor {creditor}. Ctrl-C ends it.")
        config = uvicorn.Config(SampleReceiver(secret, show), log_level="warning", lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


def _subscribe(api: PartnerApi, subject: str, creditor: str, sink: str) -> str:
    """Return the secret that signs the deliveries."""
    name = f"Voorbeeldpartner {creditor}"
    partner = build_partner(name, subject, "payment_of_charges", "housing_corporation", [creditor])
    api.ask("POST", "/partners", COORDINATOR, partner)
    body = {"id": str(uuid4()), "types": _TYPES, "protocol": "webhook", "sink": sink}
    subscription = api.ask("POST", "/subscriptions", as_partner(subject), body)
    api.ask("POST", f"/subscriptions/{subscription['id']}/approvals", COLLEAGUE)
    return str(subscription["key"]["secret"])
