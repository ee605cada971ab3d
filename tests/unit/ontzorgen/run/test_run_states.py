"""Each step of a run leads to the next state and says what it did: the whole run is compared."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

import pytest

from services.ontzorgen.run.rules.run import (
    Part,
    Run,
    RunState,
    Totals,
    approve_run,
    complete_proposal,
    complete_release,
    divide_into_parts,
    propose_run,
    release_run,
    run_id_of,
    seal_run,
    shard_opened_event,
    withdraw_run,
)
from shared.errors.refusals import ConflictError
from shared.events import MonthRunSealed, PaymentsReleased, RunShardOpened
from shared.events.codes import RunStep

ON, LATER = date(2026, 9, 1), date(2026, 9, 3)
SHA = "a" * 64
TOTALS = Totals(
    households=3,
    norm_cents=400_000,
    deducted_cents=250_000,
    remainder_cents=120_000,
    shortfall_cents=1_000,
    correction_cents=-500,
    payments=9,
)


@pytest.fixture
def proposing() -> Run:
    return propose_run("gm0637", "2026-09", (), "anna", ON, 4)


@pytest.fixture
def approved(proposing: Run) -> Run:
    proposed, _ = complete_proposal(proposing, TOTALS, approvers_required=1)
    return approve_run(proposed, [], "bert", ())[0]


def test_a_proposed_run_has_its_number_and_as_many_parts_as_it_was_divided_into(proposing: Run) -> None:
    assert proposing == Run(run_id_of("gm0637", "2026-09", 1), "2026-09", 1, RunState.PROPOSING, "anna", ON, 4)


def test_the_totals_of_a_proposal_are_those_of_its_months(approved: Run, proposing: Run) -> None:
    assert approved == replace(proposing, state=RunState.APPROVED, approvers_required=1, **vars(TOTALS))


def test_what_is_sealed_keeps_its_content_and_its_day(approved: Run) -> None:
    run, sealed = seal_run(approved, SHA, LATER)
    assert run == replace(approved, state=RunState.SEALED, content_sha256=SHA, sealed_on=LATER)
    assert sealed == MonthRunSealed(
        run_id=run.id, month="2026-09", households=3, total_cents=370_000, content_sha256=SHA
    )


def test_a_release_is_of_what_was_sealed_and_ends_when_every_part_is_booked(approved: Run) -> None:
    run, _ = seal_run(approved, SHA, ON)
    releasing = release_run(run, SHA, LATER, ["bert"], "anna")
    assert releasing == replace(run, state=RunState.RELEASING, released_on=LATER)
    done, released = complete_release(releasing)
    assert done == replace(releasing, state=RunState.RELEASED)
    assert released == PaymentsReleased(run_id=run.id, month="2026-09", households=3, payments=9, total_cents=370_000)
    with pytest.raises(ConflictError, match="call the operator"):
        release_run(run, "b" * 64, LATER, ["bert"], "anna")


def test_a_withdrawn_run_says_when(approved: Run) -> None:
    assert withdraw_run(approved, LATER) == replace(approved, state=RunState.WITHDRAWN, withdrawn_on=LATER)


def test_every_part_is_of_its_run_and_step_and_follows_the_one_before(proposing: Run) -> None:
    low, high = UUID(int=5), UUID(int=9)
    assert divide_into_parts(proposing, RunStep.PROPOSE, (low, high)) == [
        Part(proposing.id, RunStep.PROPOSE, 0, None, low),
        Part(proposing.id, RunStep.PROPOSE, 1, low, high),
        Part(proposing.id, RunStep.PROPOSE, 2, high, None),
    ]


def test_a_part_is_taken_up_by_an_event_with_an_id_that_is_the_same_however_often_it_is_opened(proposing: Run) -> None:
    part = Part(proposing.id, RunStep.RELEASE, 2, UUID(int=5), None)
    shard_id = uuid5(proposing.id, "release 2")
    assert shard_opened_event(proposing, part) == RunShardOpened(
        shard_id=shard_id, run_id=proposing.id, month="2026-09", step=RunStep.RELEASE, number=2, parts=4
    )


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (RunState.WITHDRAWN, "was withdrawn: propose the month anew"),
        (RunState.RELEASED, "was released already"),
        (RunState.RELEASING, "was released already"),
        (RunState.SEALED, "is sealed and cannot change: release it"),
        (RunState.PROPOSING, "is proposing, so this cannot be done now"),
    ],
)
def test_a_step_out_of_turn_is_refused_with_what_to_do(approved: Run, state: RunState, sentence: str) -> None:
    with pytest.raises(ConflictError, match=sentence):
        seal_run(replace(approved, state=state), SHA, ON)
