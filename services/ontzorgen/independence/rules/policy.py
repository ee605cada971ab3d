"""A municipality's choices about growing independent, from its policy: names become codes, people become kinds."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.ontzorgen.independence.rules.courses import Course
from services.ontzorgen.policies.rules.guidance import APPLICATION_WEEKS, ApplicationKind, PersonRole
from services.ontzorgen.policies.rules.relief import Decider, ReliefPolicy, Signaller, Training
from shared.calendar import add_months
from shared.events.codes import ChargeKind, PhaseOutStep, SelfRelianceClass

CODE_CHARACTERS_MAX = 40
_DUE_MONTHS = 6  # the pilots spread their courses over the half year of relief
_KINDS = {
    Signaller.HOUSING_ASSOCIATION: ChargeKind.RENT,
    Signaller.ENERGY_COMPANY: ChargeKind.ENERGY,
    Signaller.HEALTH_INSURER: ChargeKind.HEALTH_INSURANCE,
}


@dataclass(frozen=True)
class IndependencePolicy:
    """What a municipality chooses about growing independent. The defaults are the conventions of the domain."""

    retest_months: int = 6
    retest_is_task: bool = False
    take_part: frozenset[PersonRole] = frozenset()
    extension_needs_retest: bool = True
    extension_months_max: int = 6
    review_months: int = 6
    evaluation_weeks_before_end: int = 4
    phase_out_steps: tuple[PhaseOutStep, ...] = tuple(PhaseOutStep)
    weekly_classes: frozenset[SelfRelianceClass | None] = frozenset()
    money_decided_by: tuple[Decider, ...] = (Decider.BUDGET_MANAGER, Decider.BUDGET_COACH, Decider.PERSON)
    pay_day: int = 1
    debits_follow_benefit: bool = False
    coaching_minutes_by_class: Mapping[SelfRelianceClass, int] = field(default_factory=dict)
    coaching_months_max: int = 6
    courses: tuple[Course, ...] = ()
    providers: frozenset[str] = frozenset()
    early_signal_months: int = 0
    early_signal_kinds: frozenset[ChargeKind] = frozenset({ChargeKind.RENT, ChargeKind.ENERGY})
    creditor_first_contact: bool = False
    creditor_contact_days: int = 5
    sounding_board: bool = False
    application_kinds: frozenset[ApplicationKind] = frozenset()
    application_weeks: int = APPLICATION_WEEKS
    mother_fee_cents_per_hour: int = 0

    @property
    def participating_roles(self) -> frozenset[PersonRole]:
        """Who is measured again and takes the courses: the household's own person, and whom the policy adds."""
        return self.take_part | {PersonRole.PERSON}

    def retest_opens_on(self, first_day: date) -> date:
        """Return the day from which the second measurement can be done; it is due when the months are over."""
        return self.evaluation_opens_on(add_months(first_day, self.retest_months))

    @property
    def steps(self) -> tuple[PhaseOutStep, ...]:
        """The steps of the phase-out in their order; creditors are informed first, whatever the policy says."""
        first = PhaseOutStep.CREDITORS_INFORMED
        return (first, *(step for step in self.phase_out_steps if step is not first))

    @property
    def obligatory_courses(self) -> tuple[Course, ...]:
        return tuple(course for course in self.courses if course.is_obligatory)

    def evaluates_until(self, day: date) -> date:
        """Return the last day of relief whose evaluation opens on a day."""
        return day + timedelta(weeks=self.evaluation_weeks_before_end)

    def evaluation_opens_on(self, last_day: date) -> date:
        return last_day - timedelta(weeks=self.evaluation_weeks_before_end)


def derive_code(name: str) -> str:
    """Return the code for a name: "Een goede start" is `een-goede-start`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:CODE_CHARACTERS_MAX]


def derive_independence_policy(policy: ReliefPolicy) -> IndependencePolicy:
    """Return what a policy says of growing independent."""
    classes: tuple[SelfRelianceClass | None, ...] = (None, *SelfRelianceClass)
    return IndependencePolicy(
        retest_months=policy.retest_months,
        retest_is_task=policy.retest_is_task,
        take_part=policy.take_part,
        extension_needs_retest=policy.retest_months > 0,
        extension_months_max=policy.extension_months_max,
        review_months=policy.review_months,
        evaluation_weeks_before_end=policy.evaluation_weeks_before_end,
        phase_out_steps=policy.phase_out_steps,
        weekly_classes=frozenset(measured for measured in classes if policy.pays_weekly(measured)),
        money_decided_by=policy.payout.decided_by,
        pay_day=policy.pay_day,
        debits_follow_benefit=policy.direct_debit_on_benefit_dates,
        coaching_minutes_by_class=policy.coaching.minutes_per_month,
        coaching_months_max=policy.coaching.months_max,
        courses=tuple(course for training in policy.trainings for course in _list_courses(training)),
        providers=frozenset(derive_code(name) for name in policy.guidance_providers),
        early_signal_months=policy.early_signal.months,
        early_signal_kinds=frozenset(
            _KINDS[signaller] for signaller in policy.early_signal.signalled_by if signaller in _KINDS
        ),
        creditor_first_contact=policy.creditor_first_contact,
        creditor_contact_days=policy.creditor_contact_days,
        sounding_board=policy.sounding_board,
        application_kinds=policy.applications.kinds,
        application_weeks=policy.applications.decision_weeks,
        mother_fee_cents_per_hour=policy.neighbourhood_mothers.fee_cents_per_hour,
    )


def _list_courses(training: Training) -> Iterator[Course]:
    """Yield the course, and the part to which people come back."""
    code = derive_code(training.name)
    yield Course(
        code,
        training.lessons,
        _DUE_MONTHS,
        is_obligatory=training.is_obligatory,
        behind_after_lessons=training.behind_after_lessons,
    )
    if training.refresher_after_months is not None:
        yield Course(f"{code[:30]}-refresher", 1, training.refresher_after_months, training.is_obligatory)
