"""Both partners and an adult child each have their own records, over HTTP; coaches and figures know them all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from independence_desk import DONGEMOND, ask
from pilot_plays import FIRST, Play, move_in

from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.events import SelfRelianceMeasured
from shared.events.codes import HouseholdType
from shared.identity import Role
from shared.messaging import Outcome, Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService


@pytest.fixture
async def play(service: RunningService) -> Play:
    return await move_in(service, DONGEMOND)


async def sign(service: RunningService, person_id: UUID, **changes: Any) -> Outcome:
    plan = signed_plan(FIRST, person_id=person_id, **changes)
    async with service.database.transaction(DONGEMOND) as tx:
        return await on_pip_signed(Received(plan, uuid4(), DONGEMOND, None), tx)


async def read(play: Play, path: str, **query: Any) -> Any:
    answer = await play.service.get(f"{play.household}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_partners_plan_adds_the_partner_and_nobody_is_in_relief_twice(play: Play) -> None:
    people = (await read(play, "people"))["items"]
    assert [(person["role"], person["person_id"]) for person in people] == [
        (role, str(person_id)) for role, person_id in play.people.items()
    ]
    couple = {"household_type": HouseholdType.COUPLE}
    elsewhere = await sign(play.service, play.people["partner"], **couple)
    assert "in relief in another household already" in str(elsewhere)
    assert "in relief" not in str(await sign(play.service, play.people["adult_child"]))
    stranger = {"person_id": str(uuid4()), "role": "partner", "from_day": "2026-10-01"}
    assert "has a partner in this time already" in await play.refuse(f"{play.household}/people", **stranger)
    ended = {"role": "partner", "from_day": "2026-09-01", "until_day": "2026-09-30", "replaces": people[1]["id"]}
    await ask(play.service, f"{play.household}/people", person_id=str(play.people["partner"]), **ended)
    await ask(play.service, f"{play.household}/people", **stranger)


async def test_a_last_day_far_ahead_is_no_way_to_be_in_relief_twice(play: Play) -> None:
    other = await move_in(play.service, DONGEMOND)
    people = (await read(play, "people"))["items"]
    ended = {"role": "partner", "from_day": "2026-09-01", "until_day": "2026-09-30", "replaces": people[1]["id"]}
    await ask(play.service, f"{play.household}/people", person_id=people[1]["person_id"], **ended)
    twice = {"person_id": str(other.people["person"]), "role": "partner", "from_day": "2026-10-01"}
    for last_day in (None, "2099-12-31"):
        told = await play.refuse(f"{play.household}/people", **twice, until_day=last_day)
        assert "in relief in another household already" in told


async def test_each_is_measured_and_the_household_is_as_able_as_the_least_of_the_couple(play: Play) -> None:
    for who, outcome in (("person", "self_reliant"), ("partner", "limited"), ("adult_child", "not_self_reliant")):
        await play.measure(who, outcome)
    stranger = {"outcome": "limited", "moment": "start", "measured_on": "2026-09-01", "measured_by": "budget_coach"}
    refused = await play.refuse(f"{play.household}/measurements", instrument="zrm", person_id=str(uuid4()), **stranger)
    assert "not in the household on 2026-09-01" in refused
    view = await read(play, "independence", on="2026-09-02")
    assert view["self_reliance"] == "limited"
    assert [(person["role"], person["self_reliance"]) for person in view["people"]] == [
        ("person", "self_reliant"),
        ("partner", "limited"),
        ("adult_child", "not_self_reliant"),
    ]
    published = [
        fact.data for fact in await play.service.list_published() if isinstance(fact.data, SelfRelianceMeasured)
    ]
    assert [event.person_id for event in published] == list(play.people.values())
    assert (await play.statements())[0].payments, "the months follow from it"


async def test_debts_course_coaching_and_money_of_a_month_are_ones_own(play: Play, issuer: LocalIssuer) -> None:
    debts = {"creditor": "coa", "amount_cents": 5_000, "from_day": "2026-09-01"}
    for who, total_cents in (("person", 90_000), ("partner", 60_000)):
        person_id = str(play.people[who])
        await ask(play.service, f"{play.household}/claims", total_cents=total_cents, person_id=person_id, **debts)
    of_partner = {"personId": str(play.people["partner"])}
    assert [claim["total_cents"] for claim in (await read(play, "claims", **of_partner))["items"]] == [60_000]
    assert len((await read(play, "claims"))["items"]) == 2
    course = {"course": "financial-self-reliance-and-budget-managem", "enrolled_on": "2026-09-10", "lessons": 4}
    course["course"] = course["course"][:40].strip("-")
    for who in ("person", "adult_child"):
        enrolled = await ask(play.service, f"{play.household}/enrolments", person_id=str(play.people[who]), **course)
    taken = await play.refuse(f"{play.household}/enrolments", person_id=str(play.people["person"]), **course)
    assert "takes this course already" in taken
    await ask(play.service, f"{play.household}/coaching", started_on="2026-09-10", person_id=of_partner["personId"])
    run = await ask(play.service, "/runs", month="2026-09", proposed_on="2026-09-01")
    own_token = play.service.headers["Authorization"]
    other_token = f"Bearer {issuer.token('another-user', Role.BUDGET_MANAGER, DONGEMOND, 3_600)}"
    for step, token in (("approvals", other_token), ("seals", own_token)):
        play.service.headers["Authorization"] = token
        await ask(play.service, f"/runs/{run['id']}/{step}", on="2026-09-01")
    months = [
        (await read(play, "months/2026-09", personId=str(person_id)))["own"] for person_id in play.people.values()
    ]
    assert (await read(play, "months/2026-09"))["own"] == months[0], "by default the household's own person's"
    left_cents = (await read(play, "months/2026-09"))["left_cents"]
    assert months[0]["received_cents"] + months[1]["received_cents"] == left_cents > 0
    assert abs(months[0]["received_cents"] - months[1]["received_cents"]) <= 1, "half each"
    assert months[2]["received_cents"] == 0
    assert [[debt["total_cents"] for debt in month["debts"]] for month in months] == [[90_000], [60_000], []]
    assert [[taken["course"] for taken in month["courses"]] for month in months] == [
        [enrolled["course"]],
        [],
        [enrolled["course"]],
    ]
    assert [month["coaching_until"] for month in months] == [None, "2027-03-09", None]
    answer = await play.service.get(f"{play.household}/months/2026-09", params={"personId": str(uuid4())})
    assert answer.status_code == 404


async def test_coaching_is_counted_by_person_and_handed_on_by_person(play: Play) -> None:
    for who in ("person", "partner"):
        await ask(play.service, f"{play.household}/coaching", started_on="2026-09-10", person_id=str(play.people[who]))
    of_partner = {"person_id": str(play.people["partner"])}
    talk = {"held_on": "2026-10-05", "minutes": 60, "ladder": "do_together"}
    await ask(play.service, f"{play.household}/coaching-sessions", **talk, **of_partner)
    for query, minutes in (({}, 0), ({"personId": of_partner["person_id"]}, 60)):
        month = (await read(play, "coaching", month="2026-10", **query))["month"]
        assert month["held_minutes"] == minutes
    await play.days(date(2027, 3, 9))
    assert await play.tasks("coach_to_hand_on") == ["partner", "person"]
    handed = {"handed_on": "2027-03-09", "handed_to": "case_manager"}
    await ask(play.service, f"{play.household}/coaching-hand-overs", **handed, **of_partner)
    assert await play.tasks("coach_to_hand_on") == ["person"]


@pytest.mark.row("budget-coaching")
async def test_a_coach_takes_people_up_to_the_limit_also_when_two_are_assigned_at_once(play: Play) -> None:
    coach = await ask(play.service, "/coaches", caseload_max=1, from_day="2026-09-01", provider="vluchtelingenwerk")
    path = f"{play.household}/coaching"
    bodies = [
        {"started_on": "2026-09-10", "coach_id": coach["id"], "person_id": str(play.people[who])}
        for who in ("person", "partner")
    ]
    answers = await asyncio.gather(*(play.service.post(path, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (refused,) = [answer.text for answer in answers if answer.status_code == 409]
    assert "has 1 of 1 people: choose another coach" in refused
    listed = (await play.service.get("/coaches", params={"on": "2026-10-01"})).json()["items"]
    assert [(row["coach"]["id"], row["caseload"]) for row in listed] == [(coach["id"], 1)]
    (started,) = [answer.json() for answer in answers if answer.status_code == 201]
    people = (await play.service.get(f"/coaches/{coach['id']}/people", params={"on": "2026-10-01"})).json()["items"]
    assert [person["person_id"] for person in people] == [started["person_id"]]
    handed = {"handed_on": "2026-10-02", "handed_to": "case_manager", "person_id": started["person_id"]}
    await ask(play.service, f"{play.household}/coaching-hand-overs", **handed)
    (waiting,) = [body for body in bodies if body["person_id"] != started["person_id"]]
    assert "has 1 of 1 people" in await ask(play.service, path, 409, **waiting), "the place was taken in September"
    waiting["started_on"] = "2026-10-02"
    assert (await ask(play.service, path, **waiting))["coach_id"] == coach["id"]
    more = {"from_day": "2026-09-01", "provider": "vluchtelingenwerk", "caseload_max": 5}
    second = await ask(play.service, "/coaches", caseload_max=5, from_day="2026-09-01")
    change = {"coach_id": second["id"], "from_day": "2026-10-05", "person_id": waiting["person_id"]}
    assert (await ask(play.service, f"{play.household}/coach-changes", **change))["coach_id"] == second["id"]
    assert (await ask(play.service, "/coaches", id=coach["id"], **more))["caseload_max"] == 5


@pytest.mark.row("budget-coaching")
async def test_who_coached_whom_stays_known_when_another_takes_over(play: Play) -> None:
    first, second = [await ask(play.service, "/coaches", caseload_max=1, from_day="2026-09-01") for _ in range(2)]
    person, partner = (str(play.people[who]) for who in ("person", "partner"))
    begin = {"started_on": "2026-09-10", "coach_id": first["id"], "person_id": person}
    started = await ask(play.service, f"{play.household}/coaching", **begin)
    change = {"coach_id": second["id"], "from_day": "2026-11-01", "person_id": person}
    for _ in range(2):
        await ask(play.service, f"{play.household}/coach-changes", **change)
    back = {"coach_id": first["id"], "from_day": "2026-10-15", "person_id": person}
    told = await ask(play.service, f"{play.household}/coach-changes", 400, **back)
    assert "began on 2026-11-01: give that day or a later one" in told
    late = {"started_on": "2026-10-20", "coach_id": first["id"], "person_id": partner}
    assert "has 1 of 1" in await ask(play.service, f"{play.household}/coaching", 409, **late)
    early = {"started_on": "2026-09-20", "coach_id": second["id"], "person_id": partner}
    told = await ask(play.service, f"{play.household}/coaching", 409, **early)
    assert "has 1 of 1" in told, "free now, and taken from November on"
    await ask(play.service, f"{play.household}/coaching", **late | {"started_on": "2026-11-01"})
    handed = {"handed_on": "2026-12-01", "handed_to": "case_manager", "person_id": person}
    await ask(play.service, f"{play.household}/coaching-hand-overs", **handed)
    history = (await read(play, "coaching", month="2026-11", person_id=person))["coaches"]
    assert [(term["coach_id"], term["from_day"], term["until_day"]) for term in history] == [
        (first["id"], "2026-09-10", "2026-10-31"),
        (second["id"], "2026-11-01", "2026-11-30"),
    ]
    answer = await play.service.get(f"/coaches/{first['id']}/terms")
    assert [(term["person_id"], term["from_day"]) for term in answer.json()["items"]] == [
        (person, started["started_on"]),
        (partner, "2026-11-01"),
    ]
    for day, expected in {
        "2026-09-09": (0, 0),
        "2026-10-31": (1, 0),
        "2026-11-01": (1, 1),
        "2026-12-01": (1, 0),
    }.items():
        listed = (await play.service.get("/coaches", params={"on": day})).json()["items"]
        caseloads = {row["coach"]["id"]: row["caseload"] for row in listed}
        assert (caseloads[first["id"]], caseloads[second["id"]]) == expected, day
    for day, who in {"2026-10-31": [person], "2026-11-01": [partner]}.items():
        people = (await play.service.get(f"/coaches/{first['id']}/people", params={"on": day})).json()["items"]
        assert [one["person_id"] for one in people] == who


async def test_people_are_counted_by_class_per_municipality_and_over_all(
    client_for: Callable[..., Awaitable[RunningService]], token: Callable[..., str]
) -> None:
    served = (DONGEMOND, "gm0637")
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, DONGEMOND, municipalities=served)
    for municipality, households in ((DONGEMOND, 5), ("gm0637", 2)):
        for _ in range(households):
            service.headers["Authorization"] = f"Bearer {token(Role.BUDGET_MANAGER, municipality)}"
            play = await move_in(service, municipality)
            await play.measure("partner", "limited")
    on = {"on": "2026-10-01"}
    service.headers["Authorization"] = f"Bearer {token(Role.BUDGET_MANAGER, DONGEMOND)}"
    own = (await service.get("/self-reliance-figures", params=on)).json()
    assert own == {
        "municipality": DONGEMOND,
        "people": 15,
        "not_self_reliant": 0,
        "limited": 5,
        "self_reliant": 0,
        "not_measured": 10,
    }
    assert (await service.get("/self-reliance-figures/all", params=on)).status_code == 403
    service.headers["Authorization"] = f"Bearer {token(Role.OPERATOR, 'gm0637')}"
    figures = (await service.get("/self-reliance-figures/all", params=on)).json()
    assert (figures["over_all"]["people"], figures["over_all"]["limited"]) == (21, None)
    assert [(row["municipality"], row["people"], row["limited"]) for row in figures["items"]] == [
        ("gm0637", 6, None),
        (DONGEMOND, 15, 5),
    ]
    before = (await service.get("/self-reliance-figures/all", params={"on": "2026-08-31"})).json()["over_all"]
    assert before["people"] == 0
