"""Ontzorgen's own metrics, on a registry that the service's own takes in: figures that the database answers.

Labels are code lists, never ids.
"""

from typing import Final

from prometheus_client import CollectorRegistry

from shared.events.codes import RunStep
from shared.observability.gauges import AnsweredGauge

REGISTRY = CollectorRegistry()
PART_STATES: Final = ("waiting", "done")
# Where the money of released runs went, with the column of the run that says how much.
RELEASED_TO: Final = {
    "creditors": "deducted_cents",
    "persons": "remainder_cents",
    "attachments": "attachment_cents",
    "set_off": "set_off_cents",
    "holiday_paid": "holiday_paid_cents",
    "holiday_handed_over": "holiday_handed_over_cents",
}

RUNS_OPEN = AnsweredGauge(
    "meedoen_runs_open",
    "Runs of a month that are neither released nor withdrawn, by state",
    ("state",),
    registry=REGISTRY,
)
RUNS_WITHOUT_FILE = AnsweredGauge(
    "meedoen_runs_without_file",
    "Released runs with payments, for which no file for the bank was made",
    registry=REGISTRY,
)
RUN_PARTS = AnsweredGauge(
    "meedoen_run_parts",
    "Parts of the runs that are computed or booked now: waiting or done",
    {"step": RunStep, "state": PART_STATES},
    registry=REGISTRY,
)
MONTHS_RUN = AnsweredGauge("meedoen_months_run", "Months of households in released runs", registry=REGISTRY)
RELEASED_CENTS = AnsweredGauge(
    "meedoen_released_cents", "Cents of released runs, by where they went", {"to": RELEASED_TO}, registry=REGISTRY
)
SHORTFALLS = AnsweredGauge(
    "meedoen_shortfalls_found", "Months whose benefit did not cover the charges", registry=REGISTRY
)
TASKS_RAISED = AnsweredGauge(
    "meedoen_tasks_raised", "Tasks left for a person so far, by kind", ("kind",), registry=REGISTRY
)
TASKS_OPEN = AnsweredGauge(
    "meedoen_tasks_open", "Tasks that nobody completed yet, by kind", ("kind",), registry=REGISTRY
)
RELIEF_STARTED = AnsweredGauge("meedoen_relief_started", "Households that entered relief", registry=REGISTRY)
RELIEF_ENDED = AnsweredGauge("meedoen_relief_ended", "Households whose relief is over", registry=REGISTRY)
HOLIDAY_RESERVE_CENTS = AnsweredGauge(
    "meedoen_holiday_reserve_cents", "Cents of holiday allowance that are set aside for households", registry=REGISTRY
)
LEDGER_SUM_CENTS = AnsweredGauge(
    "meedoen_ledger_sum_cents",
    "Sum of every ledger line, absolute, added up over municipalities: anything but 0 is wrong",
    registry=REGISTRY,
)
PAYMENTS_EXPORTED = AnsweredGauge(
    "meedoen_payments_exported", "Payments put into a file for the bank", registry=REGISTRY
)
PAYMENTS_EXPORTED_CENTS = AnsweredGauge(
    "meedoen_payments_exported_cents", "Cents of the payments put into a file for the bank", registry=REGISTRY
)
PAYMENTS_HELD_CENTS = AnsweredGauge(
    "meedoen_payments_held_cents", "Cents of released payments that wait for an account", registry=REGISTRY
)
PAYMENTS_REFUSED = AnsweredGauge(
    "meedoen_payments_refused",
    "Payments that the bank refused or gave back, by reason",
    ("reason",),
    registry=REGISTRY,
)
BANK_ENTRIES = AnsweredGauge(
    "meedoen_bank_entries",
    "Entries of bank statements, by what they turned out to be",
    ("outcome",),
    registry=REGISTRY,
)

GAUGES = (
    RUNS_OPEN,
    RUNS_WITHOUT_FILE,
    RUN_PARTS,
    MONTHS_RUN,
    RELEASED_CENTS,
    SHORTFALLS,
    TASKS_RAISED,
    TASKS_OPEN,
    RELIEF_STARTED,
    RELIEF_ENDED,
    HOLIDAY_RESERVE_CENTS,
    LEDGER_SUM_CENTS,
    PAYMENTS_EXPORTED,
    PAYMENTS_EXPORTED_CENTS,
    PAYMENTS_HELD_CENTS,
    PAYMENTS_REFUSED,
    BANK_ENTRIES,
)
