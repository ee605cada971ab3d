"""A coordinator, a colleague, a case manager and partners, for the tests of what partners receive."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.notifications.app import on_facts
from shared.auth.local_issuer import LocalIssuer
from shared.events import CandidateWithdrawn, EventData, MandateGranted, MandateRevoked
from shared.events.codes import ChargeKind
from shared.events.ontzorgen import ChargeLine
from shared.messaging import Received
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

LOGGED_AT = "2026-07-01T09:30:00Z"
LANDLORD_TYPES = (
    "nl.meedoen.ontzorgen.mandate-granted.v1",
    "nl.meedoen.ontzorgen.mandate-revoked.v1",
    "nl.meedoen.ontzorgen.fixed-charges-deducted.v1",
)


@dataclass
class PartnerDesk:
    """What the tests do over HTTP, and the facts that they deliver."""

    service: RunningService
    issuer: LocalIssuer
    municipality: str = "gm0637"
    person: UUID = field(default_factory=uuid4)

    def as_role(self, subject: str, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(subject, role, self.municipality, 3_600)}"}

    @property
    def coordinator(self) -> dict[str, str]:
        return self.as_role("anna", "regional_coordinator")

    @property
    def colleague(self) -> dict[str, str]:
        return self.as_role("bert", "regional_coordinator")

    def as_partner(self, client: str = "woonstad-client") -> dict[str, str]:
        return self.as_role(client, "partner")

    async def register(self, client: str = "woonstad-client", **changes: Any) -> dict[str, Any]:
        """Register a landlord, or what the changes make of it."""
        body = {
            "id": str(uuid4()),
            "name": "Woonstad",
            "kind": "housing_corporation",
            "purpose": "payment_of_charges",
            "token_subject": client,
            "contact_email": "beheer@woonstad.example",
            "registered_on": "2026-01-01",
            "ends_on": "2199-12-31",
            "creditors": ["woonstad"],
        } | changes
        response = await self.service.post("/partners", json=body, headers=self.coordinator)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, client: str = "woonstad-client", **changes: Any) -> dict[str, Any]:
        body = {"id": str(uuid4()), "types": LANDLORD_TYPES, "protocol": "pull"} | changes
        response = await self.service.post("/subscriptions", json=body, headers=self.as_partner(client))
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def approve(self, subscription: dict[str, Any]) -> None:
        path = f"/subscriptions/{subscription['id']}/approvals"
        response = await self.service.post(path, headers=self.colleague)
        assert response.status_code == 201, response.text

    async def subscribe(self, client: str = "woonstad-client", **changes: Any) -> dict[str, Any]:
        """Return an approved subscription."""
        subscription = await self.ask(client, **changes)
        await self.approve(subscription)
        return subscription

    async def deliver(self, *facts: EventData, ids: Sequence[UUID] = ()) -> list[UUID]:
        """Give facts to the service as one batch, and return their ids."""
        event_ids = list(ids) or [uuid4() for _ in facts]
        pairs = zip(facts, event_ids, strict=True)
        batch = [Received(fact, event_id, self.municipality, LOGGED_AT) for fact, event_id in pairs]
        async with self.service.database.transaction(self.municipality) as tx:
            await on_facts(batch, tx)
        return event_ids

    async def fetch(
        self, subscription: dict[str, Any], client: str = "woonstad-client", **query: Any
    ) -> list[dict[str, Any]]:
        path = f"/subscriptions/{subscription['id']}/events"
        response = await self.service.get(path, params=query, headers=self.as_partner(client))
        assert response.status_code == 200, response.text
        documents: list[dict[str, Any]] = json.loads(response.content)
        return documents

    def grant(self, creditor: str = "woonstad", kind: str = "rent") -> MandateGranted:
        changes = {"person_id": self.person, "mandate_id": uuid4(), "creditor": creditor, "kind": ChargeKind(kind)}
        return sample(MandateGranted).model_copy(update=changes)

    def revoke(self, mandate: MandateGranted, on: date = date(2026, 9, 1)) -> MandateRevoked:
        values = mandate.model_dump(exclude={"granted_on"}) | {"revoked_on": on}
        return MandateRevoked.model_validate(values)

    def withdraw(self) -> CandidateWithdrawn:
        return sample(CandidateWithdrawn).model_copy(update={"person_id": self.person})


def build_line(kind: str, creditor: str | None, cents: int) -> ChargeLine:
    return ChargeLine(kind=ChargeKind(kind), due_cents=cents, paid_cents=cents, creditor=creditor)
