"""Those around a household, over HTTP: guides, energy help, discounts, the sounding board; and its own month."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.events.codes import LearningRoute
from shared.identity import Role
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

DONGEMOND = "gm0779"
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER, DONGEMOND, municipalities=(DONGEMOND, "gm0637"))


@pytest.fixture
async def household(service: RunningService) -> UUID:
    plan = signed_plan(route=LearningRoute.Z_ROUTE)
    async with service.database.transaction(DONGEMOND) as tx:
        await on_pip_signed(Received(plan, uuid4(), DONGEMOND, None), tx)
    assert plan.household_id is not None
    return plan.household_id


async def ask(service: RunningService, path: str, status: int = 201, /, **body: Any) -> Any:
    answer = await service.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 201 else answer.text


@pytest.mark.row("klankbordgroep-dongemond")
class TestSoundingBoard:
    MEETING: dict[str, Any] = {  # noqa: RUF012 - never changed
        "held_on": "2026-11-12",
        "participants": 9,
        "found_it_helps": 6,
        "found_it_does_not": 1,
    }

    async def test_a_meeting_is_counts_and_is_kept_once(self, service: RunningService) -> None:
        body = self.MEETING | {"id": str(uuid4())}
        assert await ask(service, "/sounding-board-meetings", **body) == body
        await ask(service, "/sounding-board-meetings", **body)
        assert (await service.get("/sounding-board-meetings")).json()["items"] == [body]
        assert "other content" in await ask(service, "/sounding-board-meetings", 409, **body | {"participants": 10})

    async def test_more_judgements_than_participants_and_names_are_refused(self, service: RunningService) -> None:
        wrong = self.MEETING | {"found_it_helps": 9}
        assert "More judged than took part" in await ask(service, "/sounding-board-meetings", 400, **wrong)
        named = self.MEETING | {"names": ["someone"]}
        assert "not known here" in await ask(service, "/sounding-board-meetings", 400, **named)

    async def test_where_the_policy_has_none_it_is_refused(
        self, service: RunningService, token: Callable[..., str]
    ) -> None:
        service.headers["Authorization"] = f"Bearer {token(Role.CASE_MANAGER, 'gm0637')}"
        assert "no sounding board" in await ask(service, "/sounding-board-meetings", 409, **self.MEETING)


@pytest.mark.row("buurtmoeders")
class TestNeighbourhoodMothers:
    async def test_she_guides_a_household_and_recruits_a_volunteer_in_paid_minutes(
        self, service: RunningService, household: UUID
    ) -> None:
        mother = await ask(service, "/neighbourhood-mothers", languages=["ti", "ar"], from_day="2026-09-01")
        path = f"/neighbourhood-mothers/{mother['id']}/engagements"
        guiding = {"engagement": "guiding", "on_day": "2026-10-01", "minutes": 90}
        assert "Name a household" in await ask(service, path, 400, **guiding)
        await ask(service, path, household_id=str(household), **guiding)
        recruiting = {"engagement": "recruiting", "on_day": "2026-10-08", "minutes": 60}
        await ask(service, path, volunteer_id=str(uuid4()), **recruiting)
        for engagement in ("intake", "training"):
            await ask(service, path, engagement=engagement, on_day="2026-10-09", minutes=120)
        done = (await service.get(path)).json()["items"]
        assert sorted(engagement["engagement"] for engagement in done) == [
            "guiding",
            "intake",
            "recruiting",
            "training",
        ]
        assert sum(engagement["minutes"] for engagement in done) == 390

    async def test_she_is_not_paid_after_she_stopped_and_nobodys_household_is_not_found(
        self, service: RunningService
    ) -> None:
        body = {"id": str(uuid4()), "languages": ["so"], "from_day": "2026-09-01"}
        await ask(service, "/neighbourhood-mothers", **body)
        stopped = await ask(service, "/neighbourhood-mothers", **body, until_day="2026-12-31")
        assert (await service.get("/neighbourhood-mothers")).json()["items"] == [stopped]
        path = f"/neighbourhood-mothers/{body['id']}/engagements"
        late = {"engagement": "intake", "on_day": "2027-01-01", "minutes": 30}
        assert "until 2026-12-31" in await ask(service, path, 400, **late)
        stranger = {"engagement": "guiding", "on_day": "2026-10-01", "minutes": 30, "household_id": str(uuid4())}
        await ask(service, path, 404, **stranger)
        await ask(service, f"/neighbourhood-mothers/{uuid4()}/engagements", 404, **late)


@pytest.mark.row("energy-boxes")
async def test_help_to_save_energy_is_offered_accepted_and_delivered_in_that_order(
    service: RunningService, household: UUID
) -> None:
    path = f"/households/{household}/energy-steps"
    box = {"help": "energy_box", "on_day": "2026-10-01"}
    assert "was not offered yet" in await ask(service, path, 409, state="delivered", **box)
    for state in ("offered", "offered", "accepted"):
        await ask(service, path, state=state, **box)
    await ask(service, path, help="saving_visit", state="offered", on_day="2026-10-02")
    early = {"help": "energy_box", "state": "delivered", "on_day": "2026-09-30"}
    assert "step before was on 2026-10-01" in await ask(service, path, 400, **early)
    await ask(service, path, **early | {"on_day": "2026-10-20"})
    steps = (await service.get(path)).json()["items"]
    assert [(step["help"], step["state"]) for step in steps] == [
        ("energy_box", "offered"),
        ("energy_box", "accepted"),
        ("saving_visit", "offered"),
        ("energy_box", "delivered"),
    ]


@pytest.mark.row("vaste-lastenpakket")
class TestDiscounts:
    AGREEMENT: dict[str, Any] = {  # noqa: RUF012 - never changed
        "creditor": "stroom",
        "kind": "energy",
        "discount_percent": 5,
        "guaranteed_months": 6,
        "from_day": "2026-09-01",
        "until_day": "2026-12-31",
    }

    async def test_an_agreement_gives_a_discount_for_guaranteed_months(self, service: RunningService) -> None:
        agreement = await ask(service, "/discount-agreements", **self.AGREEMENT)
        await ask(service, "/discount-agreements", **agreement)
        assert (await service.get("/discount-agreements")).json()["items"] == [agreement]

    @pytest.mark.parametrize(
        ("changes", "status", "sentence"),
        [
            ({"from_day": "2026-12-31", "until_day": None}, 409, "give days outside it"),
            ({"from_day": "2027-01-01"}, 400, "ends before it begins"),
            ({"discount_percent": 101}, 400, "at most 100"),
            ({"guaranteed_months": 0}, 400, "at least 1"),
        ],
    )
    async def test_an_agreement_that_cannot_be_is_refused(
        self, service: RunningService, changes: dict[str, Any], status: int, sentence: str
    ) -> None:
        await ask(service, "/discount-agreements", **self.AGREEMENT)
        assert sentence in await ask(service, "/discount-agreements", status, **self.AGREEMENT | changes)


@pytest.mark.row("vaste-lastenpakket")
async def test_my_month_is_shown_in_codes_once_it_is_sealed(
    service: RunningService, household: UUID, issuer: LocalIssuer
) -> None:
    path = f"/households/{household}/months/2026-09"
    assert (await service.get(path)).status_code == 404
    run = await ask(service, "/runs", month="2026-09", proposed_on="2026-09-01")
    assert (await service.get(path)).status_code == 404, "a proposal can still be withdrawn"
    own = service.headers["Authorization"]
    other = issuer.token("another-user", Role.BUDGET_MANAGER, DONGEMOND, 3_600)
    for step, who in (("approvals", f"Bearer {other}"), ("seals", own)):
        service.headers["Authorization"] = who
        await ask(service, f"/runs/{run['id']}/{step}", on="2026-09-01")
    month = (await service.get(path)).json()
    assert [amount["code"] for amount in month["came_in"]] == ["assistance", "holiday_reserve"]
    assert month["came_in_cents"] == month["paid_cents"] + month["left_cents"] > 0
    assert (month["paid"], month["next"]["month"], month["next"]["pay_on"]) == ([], "2026-10", "2026-10-05")
    assert (await service.get(f"/households/{household}/months/2026-13")).status_code == 400


async def test_another_municipality_sees_nothing_of_it(service: RunningService, token: Callable[..., str]) -> None:
    await ask(service, "/neighbourhood-mothers", languages=["ti"], from_day="2026-09-01")
    await ask(service, "/discount-agreements", **TestDiscounts.AGREEMENT)
    service.headers["Authorization"] = f"Bearer {token(Role.BUDGET_MANAGER, 'gm0637')}"
    for path in ("/neighbourhood-mothers", "/discount-agreements", "/sounding-board-meetings"):
        assert (await service.get(path)).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("decisions", Role.CASE_MANAGER, 400),
        ("money-decisions", Role.CASE_MANAGER, 403),
        ("phase-out-steps", Role.CASE_MANAGER, 403),
        ("measurements", Role.OPERATOR, 403),
        ("measurements", Role.CASE_MANAGER, 400),
        ("coaching-sessions", Role.BUDGET_MANAGER, 400),
        ("arrears-messages", Role.BUDGET_MANAGER, 400),
        ("energy-steps", Role.BUDGET_MANAGER, 400),
    ],
)
async def test_who_may_and_what_cannot_be_read_is_refused_in_sentences(
    client_for: Ask, path: str, role: Role, status: int
) -> None:
    service = await client_for("ontzorgen", role)
    answer = await service.post(f"/households/{uuid4()}/{path}", json={"months": 0, "surplus": "zz"})
    assert answer.status_code == status
    assert "zz" not in answer.text
