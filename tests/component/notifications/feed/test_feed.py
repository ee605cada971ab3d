"""What a partner receives: its own people under its own pseudonyms, what its purpose allows, numbered without a gap."""

import json
from hashlib import sha256
from uuid import uuid4

from jsonschema import Draft202012Validator
from partner_desk import LANDLORD_TYPES, PartnerDesk, build_line

from shared.events import DayStarted, FixedChargesDeducted, PIPSigned
from shared.testing.samples import sample


def deducted(desk: PartnerDesk) -> FixedChargesDeducted:
    charges = (build_line("rent", "woonstad", 60_000), build_line("energy", "vattenfall", 9_000))
    return sample(FixedChargesDeducted).model_copy(update={"person_id": desk.person, "charges": charges})


class TestWhatComes:
    async def test_a_landlord_receives_the_rent_of_its_tenant_and_no_other_charge(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription, mandate = await desk.subscribe(), desk.grant()
        await desk.deliver(mandate, deducted(desk))
        granted, month = await desk.fetch(subscription)
        assert granted["data"] == {
            "mandate_id": str(mandate.mandate_id),
            "kind": "rent",
            "granted_on": mandate.granted_on.isoformat(),
        }
        rent = {"kind": "rent", "due_cents": 60_000, "paid_cents": 60_000, "mandate_id": str(mandate.mandate_id)}
        assert month["data"] == {"month": deducted(desk).month, "charges": [rent]}
        assert [granted["sequence"], month["sequence"]] == ["1", "2"]
        assert granted["id"] != month["id"]
        assert granted["subject"] == month["subject"] != str(desk.person)
        assert str(desk.person) not in json.dumps([granted, month])

    async def test_nothing_comes_about_somebody_who_is_not_linked(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe()
        await desk.deliver(desk.grant("vattenfall", "energy"), deducted(desk))
        assert await desk.fetch(subscription) == []

    async def test_two_partners_cannot_find_out_that_they_know_one_person(self, desk: PartnerDesk) -> None:
        await desk.register()
        await desk.register("vattenfall-client", name="Vattenfall", creditors=["vattenfall"])
        first, second = await desk.subscribe(), await desk.subscribe("vattenfall-client")
        await desk.deliver(desk.grant(), desk.grant("vattenfall", "energy"), deducted(desk))
        documents = [await desk.fetch(first), await desk.fetch(second, "vattenfall-client")]
        for name in ("id", "subject"):
            ours, theirs = ({document[name] for document in each} for each in documents)
            assert ours
            assert theirs
            assert not ours & theirs
        assert {document["time"] for each in documents for document in each} == {"2026-07-01T09:00:00Z"}
        assert all("traceparent" not in document for each in documents for document in each)

    async def test_an_event_that_is_repeated_comes_once(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription, mandate = await desk.subscribe(), desk.grant()
        ids = await desk.deliver(mandate)
        await desk.deliver(mandate, ids=ids)
        assert len(await desk.fetch(subscription)) == 1

    async def test_a_filter_and_chosen_fields_hold(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe(filters={"kind": "water"}, fields=["kind", "granted_on"])
        rent, water = desk.grant(), desk.grant(kind="water")
        await desk.deliver(rent, water)
        (document,) = await desk.fetch(subscription)
        assert document["data"] == {"kind": "water", "granted_on": water.granted_on.isoformat()}

    async def test_what_comes_holds_to_the_schema_at_its_address(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe()
        await desk.deliver(desk.grant(), deducted(desk))
        for document in await desk.fetch(subscription):
            path = document["dataschema"].partition("/v1")[2]
            schema = (await desk.service.get(path, headers={"Authorization": ""})).json()
            Draft202012Validator(schema).validate(document["data"])
            assert set(document["data"]) <= set(schema["properties"])

    async def test_a_language_school_gets_the_route_of_who_was_referred(
        self, desk: PartnerDesk, case_manager: dict[str, str]
    ) -> None:
        school = await desk.register(
            "school-client", kind="language_school", purpose="language_education", creditors=[]
        )
        types = ["nl.meedoen.intake.pip-signed.v1"]
        subscription = await desk.subscribe("school-client", types=types)
        body = {"person_id": str(desk.person), "basis": "referral", "from_on": "2026-06-01"}
        path = f"/partners/{school['id']}/links"
        assert (await desk.service.post(path, json=body, headers=case_manager)).status_code == 201
        signed = sample(PIPSigned).model_copy(update={"person_id": desk.person})
        await desk.deliver(signed, sample(PIPSigned).model_copy(update={"person_id": uuid4()}))
        (document,) = await desk.fetch(subscription, "school-client")
        assert document["data"] == {"signed_on": signed.signed_on.isoformat(), "route": signed.route}


class TestEnds:
    async def test_after_the_mandate_ends_the_partner_is_told_and_gets_nothing_more(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription, mandate = await desk.subscribe(), desk.grant()
        await desk.deliver(mandate, desk.revoke(mandate), deducted(desk))
        documents = await desk.fetch(subscription)
        assert [document["type"].rpartition(".")[0].rpartition(".")[2] for document in documents] == [
            "mandate-granted",
            "mandate-revoked",
            "link-ended",
        ]
        assert documents[2]["data"] == {"ended_on": "2026-09-01", "reason": "mandate_ended"}
        assert documents[2]["subject"] == documents[0]["subject"]

    async def test_of_who_withdraws_nothing_is_left_and_no_number_is_missing(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe()
        await desk.deliver(desk.grant(), deducted(desk))
        before = await desk.fetch(subscription)
        await desk.deliver(desk.withdraw())
        after = await desk.fetch(subscription)
        assert [document["sequence"] for document in after] == ["1", "2", "3"]
        assert [document["id"] for document in after[:2]] == [document["id"] for document in before]
        for document in after[:2]:
            assert document["type"] == "nl.meedoen.subscriptions.event-taken-back.v1"
            assert document["data"] == {}
            assert "subject" not in document
        assert after[2]["data"]["reason"] == "withdrawn"
        await desk.deliver(deducted(desk))
        assert len(await desk.fetch(subscription)) == 3

    async def test_a_purpose_that_has_ended_gives_nothing(self, desk: PartnerDesk) -> None:
        partner = await desk.register()
        subscription = await desk.subscribe()
        path = f"/partners/{partner['id']}/ends"
        response = await desk.service.post(path, json={"ends_on": "2026-02-01"}, headers=desk.coordinator)
        assert response.status_code == 201
        await desk.deliver(desk.grant())
        fetched = await desk.service.get(f"/subscriptions/{subscription['id']}/events", headers=desk.as_partner())
        assert (fetched.status_code, fetched.json()["code"]) == (409, "purpose_ended")
        again = await desk.service.post(path, json={"ends_on": "2199-12-31"}, headers=desk.coordinator)
        assert again.status_code == 201
        assert await desk.fetch(subscription) == []


class TestDigest:
    async def test_the_digest_of_a_day_proves_that_nothing_is_missing(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe()
        await desk.deliver(desk.grant(), deducted(desk))
        day = sample(DayStarted)
        await desk.deliver(day)
        await desk.deliver(day)
        *documents, digest = await desk.fetch(subscription)
        lines = "".join(f"{document['sequence']} {document['id']}\n" for document in documents)
        assert digest["data"]["sha256"] == sha256(lines.encode()).hexdigest()
        assert (digest["data"]["first_sequence"], digest["data"]["last_sequence"]) == (1, 2)
        assert digest["data"]["documents"] == len(documents) == 2


class TestCursor:
    async def test_pages_follow_each_other_without_gap_or_overlap(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe()
        await desk.deliver(*(desk.grant() for _ in range(7)))
        sequences, since = [], "0"
        while page := await desk.fetch(subscription, since=since, limit=3):
            sequences += [document["sequence"] for document in page]
            since = page[-1]["sequence"]
        assert sequences == [str(number) for number in range(1, 8)]
        assert len(await desk.fetch(subscription, since="2026-01-01T00:00:00Z")) == 7
        assert await desk.fetch(subscription, since="2199-01-01T00:00:00Z") == []

    async def test_a_paused_subscription_keeps_its_place(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.subscribe(types=LANDLORD_TYPES)
        path = f"/subscriptions/{subscription['id']}"
        assert (await desk.service.post(f"{path}/pauses", headers=desk.as_partner())).status_code == 201
        await desk.deliver(desk.grant())
        fetched = await desk.service.get(f"{path}/events", headers=desk.as_partner())
        assert fetched.json()["code"] == "subscription_not_active"
        assert (await desk.service.post(f"{path}/resumptions", headers=desk.as_partner())).status_code == 201
        assert len(await desk.fetch(subscription)) == 1


class TestWhoMay:
    async def test_a_partner_sees_its_own_alone(self, desk: PartnerDesk) -> None:
        await desk.register()
        await desk.register("vattenfall-client", creditors=["vattenfall"])
        subscription = await desk.subscribe()
        for path in ("", "/events", "/keys"):
            answer = await desk.service.get(
                f"/subscriptions/{subscription['id']}{path}", headers=desk.as_partner("vattenfall-client")
            )
            assert answer.status_code == 404
        listed = await desk.service.get("/subscriptions", headers=desk.as_partner("vattenfall-client"))
        assert listed.json()["items"] == []

    async def test_who_registered_the_partner_does_not_approve(self, desk: PartnerDesk) -> None:
        await desk.register()
        subscription = await desk.ask()
        path = f"/subscriptions/{subscription['id']}/approvals"
        refused = await desk.service.post(path, headers=desk.coordinator)
        assert (refused.status_code, refused.json()["code"]) == (409, "approver_not_another")
        fetched = await desk.service.get(f"/subscriptions/{subscription['id']}/events", headers=desk.as_partner())
        assert fetched.json()["code"] == "subscription_not_active"

    async def test_every_field_that_a_purpose_does_not_allow_is_refused_at_once(self, desk: PartnerDesk) -> None:
        await desk.register()
        body = {
            "types": ["nl.meedoen.intake.pip-signed.v1"],
            "fields": ["month", "norm_cents", "remainder_cents"],
            "filters": {"person_id": "x"},
            "protocol": "webhook",
        }
        refused = await desk.service.post("/subscriptions", json=body, headers=desk.as_partner())
        assert refused.status_code == 400
        codes = [(error["field"], error["code"]) for error in refused.json()["errors"]]
        assert codes == [
            ("body.types", "type_not_allowed"),
            ("body.fields", "field_not_allowed"),
            ("body.fields", "field_not_allowed"),
            ("body.filters", "field_not_allowed"),
            ("body.sink", "sink_and_protocol_differ"),
        ]

    async def test_the_same_request_twice_is_one_and_shows_its_secret_once(self, desk: PartnerDesk) -> None:
        await desk.register()
        body = {"id": str(uuid4()), "protocol": "webhook", "sink": "https://woonstad.example/events"}
        first, again = await desk.ask(**body), await desk.ask(**body)
        assert first["key"]["secret"].startswith("whsec_")
        assert again["key"] is None
        other = await desk.service.post(
            "/subscriptions", json={**body, "types": LANDLORD_TYPES[:1]}, headers=desk.as_partner()
        )
        assert other.status_code == 409
