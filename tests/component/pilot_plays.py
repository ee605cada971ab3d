"""A household of a couple with an adult child at home, played through what a pilot does otherwise than Zoetermeer.

Each play answers by act with what was seen, so that a test can say what a pilot does and that another policy does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.independence.handlers.days import raise_due
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from shared.events import PhaseOutStarted
from shared.events.codes import ChargeKind, HouseholdType
from shared.identity import new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

FIRST = date(2026, 9, 1)
MONTHS = ("2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02")
LAWFUL = {"rent", "health_insurance", "energy", "water"}
Acts = dict[str, Any]
_CHARGE = """
INSERT INTO charge (municipality, id, household_id, kind, creditor, reference, amount_cents, from_day)
VALUES (:municipality, :id, :household, :kind, :creditor, 'KENMERK', 2000, '2026-09-01')
"""
_MANDATE = """
INSERT INTO mandate (municipality, id, household_id, kind, creditor, granted_on)
VALUES (:municipality, :id, :household, :kind, :creditor, '2026-09-01')
"""


def name_creditor(kind: str) -> str:
    return f"{kind.replace('_', '-')}-nl"


@dataclass
class Play:
    """The household, and the desk of its municipality."""

    service: RunningService
    municipality: str
    household_id: UUID
    people: dict[str, UUID]

    @property
    def household(self) -> str:
        return f"/households/{self.household_id}"

    async def post(self, path: str, **body: Any) -> Any:
        """Post a body; return the answer, or the status of a refusal."""
        answer = await self.service.post(path, json=body)
        return answer.json() if answer.status_code == 201 else answer.status_code

    async def refuse(self, path: str, **body: Any) -> str:
        """Post a body; return the sentence of its refusal, or that there was none."""
        answer = await self.service.post(path, json=body)
        return "recorded" if answer.status_code == 201 else answer.text

    async def days(self, *on: date) -> None:
        for day in on:
            async with self.service.database.transaction(self.municipality) as tx:
                await raise_due(day, tx)

    async def tasks(self, kind: str) -> list[str]:
        """Whom the open tasks of a kind are about."""
        listed = (await self.service.get("/tasks", params={"limit": 200})).json()["items"]
        names = {str(person_id): name for name, person_id in self.people.items()}
        of_kind = [
            task for task in listed if task["kind"] == kind and task["household_id"] in (None, str(self.household_id))
        ]
        return sorted(names.get(task["person_id"], "nobody in particular") for task in of_kind)

    async def statements(self, months: Sequence[str] = MONTHS) -> list[Statement]:
        async with self.service.database.transaction(self.municipality) as tx:
            (loaded,) = await load_situations([self.household_id], tx)
        policy = policy_in_force(self.municipality, FIRST)
        return list(compute_statements(loaded.situation, load_law(), policy, months))

    async def kinds(self, months: Sequence[str] = MONTHS) -> list[list[str]]:
        """What is withheld beside what the law names, month by month."""
        statements = await self.statements(months)
        return [sorted({charge.kind for charge in statement.charges} - LAWFUL) for statement in statements]

    async def measure(self, who: str, outcome: str, moment: str = "start", on: date = FIRST) -> Any:
        body = {"outcome": outcome, "moment": moment, "measured_on": on.isoformat(), "measured_by": "budget_coach"}
        person = {"person_id": str(self.people[who])}
        return await self.post(f"{self.household}/measurements", instrument="zrm-2017", **body, **person)

    async def let_go(self, on: date = date(2027, 1, 10)) -> list[str]:
        """The steps of letting go, as they were announced."""
        await self.post(f"{self.household}/decisions", outcome="phase_out", decided_on=on.isoformat())
        for kind in ChargeKind:
            await self.post(f"{self.household}/creditors-told", creditor=name_creditor(kind), told_on=on.isoformat())
        published = await self.service.list_published()
        return [
            step
            for fact in published
            if isinstance(fact.data, PhaseOutStarted) and fact.data.household_id == self.household_id
            for step in fact.data.steps
        ]


async def move_in(service: RunningService, municipality: str) -> Play:
    """A couple with an adult child at home, with a charge of every kind, under mandate."""
    own, partner, child, household_id = uuid4(), uuid4(), uuid4(), new_id()
    couple = {"household_type": HouseholdType.COUPLE, "household_id": household_id}
    async with service.database.transaction(municipality) as tx:
        for person_id in (own, partner):
            plan = signed_plan(FIRST, person_id=person_id, **couple)
            await on_pip_signed(Received(plan, uuid4(), municipality, None), tx)
        for kind in ChargeKind:
            values = {
                "municipality": municipality,
                "household": household_id,
                "kind": kind,
                "creditor": name_creditor(kind),
            }
            for statement in (_CHARGE, _MANDATE):
                await tx.session.execute(text(statement), values | {"id": uuid4()})
    play = Play(service, municipality, household_id, {"person": own, "partner": partner, "adult_child": child})
    entry = {"person_id": str(child), "role": "adult_child", "from_day": FIRST.isoformat()}
    assert (await play.post(f"{play.household}/people", **entry))["role"] == "adult_child"
    return play


async def play_capelle(play: Play) -> Acts:
    """Other charges; measured again after half a year; a course that must be taken; guides who are paid."""
    household = play.household
    acts: Acts = {"withheld beside the law's": await play.kinds()}
    for who in ("person", "partner"):
        await play.measure(who, "not_self_reliant")
    await play.days(date(2027, 1, 31))
    early = await play.tasks("retest_due")
    await play.days(date(2027, 2, 1), date(2027, 3, 1), date(2027, 3, 1))
    acts["measured again"] = (early, await play.tasks("retest_due"))
    await play.measure("partner", "limited", "six_months", date(2027, 3, 1))
    acts["the other one is still to be measured"] = (
        await play.tasks("retest_due"),
        await play.tasks("course_not_attended"),
    )
    course = {
        "course": "geldwijzer",
        "enrolled_on": "2027-03-02",
        "lessons": 1,
        "person_id": str(play.people["partner"]),
    }
    enrolment = await play.post(f"{household}/enrolments", **course)
    enrolment_id = enrolment["id"] if isinstance(enrolment, dict) else uuid4()
    lesson = {"lesson_no": 1, "given_on": "2027-03-03", "is_attended": True}
    await play.post(f"{household}/enrolments/{enrolment_id}/lessons", **lesson)
    acts["the course is taken by one of them"] = (await play.tasks("course_not_attended"), isinstance(enrolment, dict))
    acts["let go"] = await play.let_go()
    mother = (await play.post("/neighbourhood-mothers", languages=["ti"], from_day="2026-09-01"))["id"]
    for engagement, minutes in (("intake", 50), ("training", 125)):
        work = {"engagement": engagement, "on_day": "2026-09-10", "minutes": minutes}
        await play.post(f"/neighbourhood-mothers/{mother}/engagements", **work)
    await play.days(date(2026, 10, 1))
    due = await play.tasks("mother_pay_due")
    pay = f"/neighbourhood-mothers/{mother}/payments"
    paid = await play.post(pay, month="2026-09", paid_on="2026-10-05")
    again = await play.refuse(pay, month="2026-09", paid_on="2026-10-06")
    amount_cents = paid["amount_cents"] if isinstance(paid, dict) else paid
    acts["guides are paid once"] = (due, amount_cents, "paid already" in again, await play.tasks("mother_pay_due"))
    guide = {"provider": "unheard-of", "from_day": "2026-09-02"}
    acts["who may guide"] = "welzijn-capelle" in await play.refuse(f"{household}/guidance-providers", **guide)
    return acts


async def play_den_haag(play: Play) -> Acts:
    """Two packages by self-reliance; eight lessons, followed one by one; an hour and a half of coaching a month."""
    household = play.household
    acts: Acts = {}
    await play.measure("person", "self_reliant")
    able = await play.kinds(MONTHS[:1])
    await play.measure("partner", "limited")
    acts["the package follows who manages least"] = (able, await play.kinds(MONTHS[:1]))
    days = [date(2026, 10, 5) + timedelta(weeks=3 * lesson) for lesson in range(8)]
    group = {"course": "administration-fixed-charges-and-income", "teacher_id": str(uuid4()), "seats": 8}
    groups = [
        await play.post(
            "/course-groups", place=place, given_on=[(day + timedelta(days=later)).isoformat() for day in days], **group
        )
        for place, later in (("bibliotheek-west", 0), ("buurthuis-zuid", 9))
    ]
    own_group = groups[0]["id"] if isinstance(groups[0], dict) else str(uuid4())
    course = {"course": group["course"], "enrolled_on": "2026-09-20", "group_id": own_group}
    enrolment = await play.post(f"{household}/enrolments", **course)
    lessons = f"{household}/enrolments/{enrolment['id'] if isinstance(enrolment, dict) else uuid4()}/lessons"

    async def attend(number: int, on: date, *, is_attended: bool = True) -> Any:
        body = {"lesson_no": number, "given_on": on.isoformat(), "is_attended": is_attended}
        answer = await play.post(lessons, **body)
        if not isinstance(answer, dict):
            return answer
        following = answer["next_lesson"]
        return following and (
            following["lesson_no"],
            following["given_on"],
            following["place"],
            following["is_made_up"],
        )

    first = [await attend(1, days[0]), await attend(2, days[1], is_attended=False)]
    await play.days(days[1] + timedelta(days=1))
    acts["the second lesson is missed"] = (first, await play.tasks("course_behind"))
    made_up = await attend(2, days[1] + timedelta(days=9))
    acts["it is made up in the other group"] = (made_up, await play.tasks("course_behind"))
    rest = [await attend(number, days[number - 1]) for number in range(3, 9)]
    acts["and the others follow"] = [lesson and lesson[0] if isinstance(lesson, tuple) else lesson for lesson in rest]
    await play.post(f"{household}/coaching", started_on="2026-09-10", person_id=str(play.people["partner"]))
    talk = {"planned_on": "2026-10-05", "minutes": 91, "person_id": str(play.people["partner"])}
    acts["coaching"] = "90 of 90 minutes left" in await play.refuse(f"{household}/coaching-appointments", **talk)
    return acts


async def play_dongemond(play: Play) -> Acts:
    """Insurances; childcare and travel applied for; suppliers who call first; a sounding board that hears back."""
    household = play.household
    acts: Acts = {"withheld beside the law's": await play.kinds()}
    applied = await play.post(f"{household}/applications", kind="childcare", applied_on="2026-09-07")
    await play.days(date(2026, 10, 25))
    early = await play.tasks("application_undecided")
    await play.days(date(2026, 10, 26))
    late = await play.tasks("application_undecided")
    acts["childcare is applied for"] = (applied["decide_by"] if isinstance(applied, dict) else applied, early, late)
    application_id = applied["id"] if isinstance(applied, dict) else uuid4()
    decision = {"outcome": "granted", "decided_on": "2026-10-28"}
    decided = await play.post(f"{household}/applications/{application_id}/decisions", **decision)
    acts["and granted"] = (isinstance(decided, dict), await play.tasks("application_undecided"))
    counts = {
        "participants": 9,
        "found_it_helps": 6,
        "found_it_does_not": 1,
        "feels_relieved": 5,
        "feels_not_relieved": 4,
    }
    held = await play.post("/sounding-board-meetings", held_on="2026-11-12", done_well=8, not_done_well=0, **counts)
    meeting_id = held["id"] if isinstance(held, dict) else uuid4()
    action = {
        "question": "relieves",
        "action": "uitleg-in-eigen-taal",
        "decided_on": "2026-11-12",
        "due_on": "2026-12-10",
    }
    acting = await play.post(f"/sounding-board-meetings/{meeting_id}/actions", **action)
    await play.days(date(2026, 12, 9), date(2026, 12, 10))
    due = await play.tasks("sounding_board_action_due")
    action_id = acting["id"] if isinstance(acting, dict) else uuid4()
    outcome = {"done_on": "2026-12-11", "reported_on": "2026-12-18"}
    await play.post(f"/sounding-board-actions/{action_id}/outcomes", **outcome)
    totals = (await play.service.get("/sounding-board-questions")).json()["items"]
    answers = [(row["question"], row["yes"], row["no"], row["actions_reported"]) for row in totals]
    acts["the board is heard"] = (due, answers, await play.tasks("sounding_board_action_due"))
    message = {"creditor": "rent-nl", "kind": "rent", "months_in_arrears": 1, "signalled_on": "2026-11-01"}
    acts["suppliers call first"] = await play.refuse(f"{household}/arrears-messages", **message)
    acts["let go"] = await play.let_go()
    return acts


async def play_edam_volendam(play: Play) -> Acts:
    """Charges a month ahead; direct debits on the dates of the benefit; arrears signalled after the end."""
    household = play.household
    statements = await play.statements()
    acts: Acts = {"for which months": [sorted({charge.for_month for charge in one.charges}) for one in statements]}
    grant = {"kind": "bridging_allowance", "form": "gift", "amount_cents": 8_000, "month": "2026-09"}
    await play.post(f"{household}/grants", **grant)
    bridged = (await play.statements(MONTHS[:1]))[0]
    acts["bridged"] = bridged.remainder_cents - bridged.payable_cents
    await play.let_go()
    for kind in ChargeKind:
        debit = {"creditor": name_creditor(kind), "kind": kind, "day_of_month": 20, "agreed_on": "2027-01-12"}
        await play.post(f"{household}/direct-debits", **debit)
    await play.post(f"{household}/phase-out-steps", step="creditors_informed", taken_on="2027-01-12")
    step = {"step": "direct_debit_set_up", "taken_on": "2027-01-13"}
    acts["debits follow the benefit"] = "do not follow the benefit" in await play.refuse(
        f"{household}/phase-out-steps", **step
    )
    async with play.service.database.transaction(play.municipality) as tx:
        ended = text("UPDATE household SET ended_on = '2027-02-28' WHERE id = :id")
        await tx.session.execute(ended, {"id": play.household_id})
    message = {"creditor": "rent-nl", "kind": "rent", "months_in_arrears": 2, "signalled_on": "2027-04-01"}
    await play.post(f"{household}/arrears-messages", **message)
    acts["arrears are signalled"] = await play.tasks("arrears_signalled")
    return acts


async def play_drechtsteden(play: Play) -> Acts:
    """Every charge; weekly money until three decide otherwise; all adults measured again; a coach for up to a year."""
    household = play.household
    acts: Acts = {"withheld beside the law's": await play.kinds()}
    acts["times that money comes"] = [len({payment.on for payment in one.payments}) for one in await play.statements()]
    for who in play.people:
        await play.measure(who, "not_self_reliant")
    await play.days(date(2027, 3, 1))
    acts["measured again"] = await play.tasks("retest_due")
    money = {"rhythm": "monthly", "decided_on": "2026-12-01", "from_day": "2027-01-01", "parties": ["budget_manager"]}
    alone = await play.refuse(f"{household}/money-decisions", **money)
    together = money | {"parties": ["budget_manager", "budget_coach", "person"]}
    await play.post(f"{household}/money-decisions", **together)
    rhythm = [len({payment.on for payment in one.payments}) for one in await play.statements()]
    acts["three decide on monthly money"] = (alone == "recorded", rhythm)
    coaching = await play.post(f"{household}/coaching", started_on="2026-09-10")
    acts["a coach for up to a year"] = coaching["last_day"]
    refresher = {"course": "omgaan-met-geld-refresher", "enrolled_on": "2027-03-02"}
    enrolments = [
        await play.post(f"{household}/enrolments", person_id=str(person_id), **refresher)
        for person_id in play.people.values()
    ]
    acts["all come back to the course"] = [isinstance(enrolment, dict) for enrolment in enrolments]
    acts["let go"] = await play.let_go()
    return acts


async def play_zoetermeer(play: Play) -> Acts:
    """What the law names and nothing else; courses and several providers side by side."""
    household = play.household
    lessons = {"enrolled_on": "2026-09-20", "lessons": 3}
    courses = [
        await play.post(f"{household}/enrolments", course=code, **lessons) for code in ("eurowijzer", "een-goede-start")
    ]
    guide = {"provider": "unheard-of", "from_day": "2026-09-02"}
    return {
        "courses": [isinstance(course, dict) for course in courses],
        "who may guide": "piezo, plangroep" in await play.refuse(f"{household}/guidance-providers", **guide),
    }
