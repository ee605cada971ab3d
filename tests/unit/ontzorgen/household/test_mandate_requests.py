"""A mandate on its way to its creditor: each procedure has its own steps, and one of them makes it valid."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from services.ontzorgen.household.formats.mandate_form import MandateForm, write_mandate_form
from services.ontzorgen.household.rules.charges import Mandate, MandateProcedure
from services.ontzorgen.household.rules.mandate_requests import (
    WAYS,
    MandateProgress,
    MandateRequest,
    MandateStep,
    MandateStepKind,
    answer_by,
    ask_mandate,
    build_mandate,
    take_step,
)
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind

ASKED = date(2026, 9, 1)
REQUEST = MandateRequest(uuid4(), ChargeKind.ENERGY, "stroom", ASKED, MandateProcedure.CREDITOR_FORM)


def take(progress: MandateProgress, *steps: MandateStepKind, on: date = ASKED) -> MandateProgress:
    for kind in steps:
        after = take_step(progress, MandateStep(uuid4(), progress.request.id, kind, on))
        assert after is not None
        progress = after
    return progress


def begin(procedure: MandateProcedure) -> MandateProgress:
    return MandateProgress(replace(REQUEST, procedure=procedure))


@pytest.mark.row("machtigingen")
class TestMandateRequests:
    @pytest.mark.parametrize("procedure", MandateProcedure)
    def test_each_procedure_has_its_own_steps_and_becomes_a_mandate_with_one_of_them(
        self, procedure: MandateProcedure
    ) -> None:
        progress, valid_after = begin(procedure), []
        for kind in (*WAYS[procedure].steps, MandateStepKind.ACCEPTED):
            progress = take(progress, kind)
            if build_mandate(progress) is not None:
                valid_after.append(kind)
        first = MandateStepKind.SIGNED if procedure is MandateProcedure.SIGNED_FORM else MandateStepKind.ACCEPTED
        assert (valid_after, progress.is_valid, progress.next_steps) == ([first], True, ())
        assert len({way.steps for way in WAYS.values()}) == len(MandateProcedure)

    def test_a_step_out_of_order_or_after_the_end_or_before_the_last_day_is_refused(self) -> None:
        progress = begin(MandateProcedure.CREDITOR_PORTAL)
        with pytest.raises(ConflictError, match="next step is: signed or withdrawn"):
            take(progress, MandateStepKind.ENTERED)
        progress = take(progress, MandateStepKind.SIGNED, MandateStepKind.ENTERED, on=date(2026, 9, 10))
        with pytest.raises(WrongInputError, match="was on 2026-09-10"):
            take(progress, MandateStepKind.ACCEPTED, on=date(2026, 9, 9))
        with pytest.raises(ConflictError, match="was refused on 2026-09-11: ask a new one"):
            take(
                take(progress, MandateStepKind.REFUSED, on=date(2026, 9, 11)),
                MandateStepKind.ACCEPTED,
                on=date(2026, 9, 12),
            )

    def test_a_mandate_never_begins_before_the_step_that_makes_it_valid(self) -> None:
        progress = MandateProgress(replace(REQUEST, procedure=MandateProcedure.CALL_TOGETHER, from_day=ASKED))
        called = take(progress, MandateStepKind.CALLED, on=date(2026, 9, 3))
        mandate = build_mandate(take(called, MandateStepKind.ACCEPTED, on=date(2026, 10, 2)))
        assert mandate is not None
        assert (mandate.id, mandate.granted_on) == (REQUEST.id, date(2026, 10, 2))
        later = MandateProgress(replace(REQUEST, from_day=date(2026, 11, 1)), called.steps)
        mandate = build_mandate(take(later, MandateStepKind.WITHDRAWN, on=date(2026, 9, 4)))
        assert mandate is None

    def test_the_clock_runs_from_the_last_step_until_nothing_is_awaited(self) -> None:
        progress = begin(MandateProcedure.SIGNED_FORM)
        assert answer_by(progress, 14) == date(2026, 9, 15)
        progress = take(progress, MandateStepKind.SIGNED, on=date(2026, 9, 8))
        assert answer_by(progress, 14) == date(2026, 9, 22)
        assert answer_by(take(progress, MandateStepKind.SENT, on=date(2026, 9, 9)), 14) is None
        by_form = take(begin(MandateProcedure.CREDITOR_FORM), *WAYS[MandateProcedure.CREDITOR_FORM].steps)
        assert answer_by(by_form, 14) == date(2026, 9, 15)

    def test_one_mandate_is_on_its_way_at_a_time_and_none_where_there_is_one(self) -> None:
        other = replace(REQUEST, id=uuid4())
        assert ask_mandate([MandateProgress(REQUEST)], (), REQUEST) == MandateProgress(REQUEST)
        with pytest.raises(ConflictError, match="asked on 2026-09-01 already"):
            ask_mandate([MandateProgress(REQUEST)], (), other)
        refused = MandateProgress(REQUEST, (MandateStep(uuid4(), REQUEST.id, MandateStepKind.REFUSED, ASKED),))
        assert ask_mandate([refused], (), other) is None
        with pytest.raises(ConflictError, match="There is a mandate"):
            ask_mandate([], [Mandate(uuid4(), REQUEST.kind, REQUEST.creditor, ASKED)], other)

    def test_the_form_is_the_same_to_the_byte_and_differs_by_procedure(self) -> None:
        forms = [
            MandateForm("1", "GM0637", "Şirket BV", None, (), (ChargeKind.ENERGY,), procedure, None, None)
            for procedure in MandateProcedure
        ]
        assert write_mandate_form(forms[0]) == write_mandate_form(forms[0])
        assert len({write_mandate_form(form) for form in forms}) == len(forms)
        assert all(write_mandate_form(form).startswith(b"%PDF-") for form in forms)
