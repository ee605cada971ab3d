"""A municipality's choices as the rules of growing independent take them: names become codes, people become kinds."""

import re
import unicodedata
from collections.abc import Iterator

from services.ontzorgen.independence.rules.independence import Course, IndependencePolicy
from services.ontzorgen.policies.rules.relief import ReliefPolicy, Signaller, Training
from shared.events.codes import ChargeKind, SelfRelianceClass

CODE_CHARACTERS_MAX = 40
_DUE_MONTHS = 6  # the pilots spread their courses over the half year of relief
_KIND_OF = {
    Signaller.HOUSING_ASSOCIATION: ChargeKind.RENT,
    Signaller.ENERGY_COMPANY: ChargeKind.ENERGY,
    Signaller.HEALTH_INSURER: ChargeKind.HEALTH_INSURANCE,
}


def code_of(name: str) -> str:
    """The code for a name: "Een goede start" is `een-goede-start`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:CODE_CHARACTERS_MAX]


def independence_of(policy: ReliefPolicy) -> IndependencePolicy:
    """What a policy says of growing independent."""
    classes: tuple[SelfRelianceClass | None, ...] = (None, *SelfRelianceClass)
    return IndependencePolicy(
        retest_months=policy.retest_months,
        extension_needs_retest=policy.retest_months > 0,
        extension_months_max=policy.extension_months_max,
        review_months=policy.review_months,
        evaluation_weeks_before_end=policy.evaluation_weeks_before_end,
        phase_out_steps=policy.phase_out_steps,
        weekly_classes=frozenset(one for one in classes if policy.pays_weekly(one)),
        money_decided_by=policy.payout.decided_by,
        pay_day=policy.pay_day,
        debits_follow_benefit=policy.direct_debit_on_benefit_dates,
        coaching_minutes_by_class=policy.coaching.minutes_per_month,
        coaching_months_max=policy.coaching.months_max,
        courses=tuple(course for training in policy.trainings for course in _courses(training)),
        providers=frozenset(code_of(name) for name in policy.guidance_providers),
        early_signal_months=policy.early_signal.months,
        early_signal_kinds=frozenset(_KIND_OF[one] for one in policy.early_signal.signalled_by if one in _KIND_OF),
        creditor_first_contact=policy.creditor_first_contact,
        sounding_board=policy.sounding_board,
    )


def _courses(training: Training) -> Iterator[Course]:
    """The course, and the part to which people come back."""
    code = code_of(training.name)
    yield Course(code, training.lessons, _DUE_MONTHS, training.is_obligatory)
    if training.refresher_after_months is not None:
        yield Course(f"{code[:30]}-refresher", 1, training.refresher_after_months, training.is_obligatory)
