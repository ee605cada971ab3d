"""Rows that somebody has to look at, put into the databases of a run past its rules, and taken out again.

They are of a municipality that the played chain leaves alone.
"""

from dataclasses import dataclass

from watched_run import HELD_EVENTS_MAX

ELSEWHERE = "gm0080"
HELD_EVENTS = HELD_EVENTS_MAX * 85 // 100
TASKS = (
    "shortfall",
    "month_refused",
    "norm_outdated",
    "account_missing",
    "payment_unbooked",
    "statement_missing",
    "bank_entry_unclear",
)
OPEN_RUNS = ("proposing", "proposed", "approved", "sealed")
LONG_AGO = "2026-01-31"


@dataclass(frozen=True)
class Rows:
    """Statements in the database of one service: those that put rows in, and those that take exactly them out."""

    service: str
    inserts: tuple[str, ...]
    deletes: tuple[str, ...]


def _fill(table: str, columns: str, values: str) -> str:
    return f"INSERT INTO {table} (municipality, {columns}) OVERRIDING SYSTEM VALUE SELECT '{ELSEWHERE}', {values}"


def _empty(*tables: str) -> tuple[str, ...]:
    return tuple(f"DELETE FROM {table} WHERE municipality = '{ELSEWHERE}'" for table in tables)  # noqa: S608 - as above


def _hold(state: str, reason: str, count: int) -> str:
    columns = "event_id, topic, key, event_type, state, reason, due_at"
    values = f"gen_random_uuid(), 'none', 'none', 'none', '{state}', '{reason}', now() + interval '1 day'"
    return _fill("messaging.held", columns, f"{values} FROM generate_series(1, {count})")


_HELD = Rows(
    "intake",
    (
        _hold("parked", "wrong_source", 2),
        _hold("parked", "refused", HELD_EVENTS),
        _hold("retrying", "not_yet_known", 3),
    ),
    _empty("messaging.held"),
)
_RUNS = tuple(
    _fill(
        "run",
        "id, month, number, state, proposer, proposed_on",
        f"gen_random_uuid(), '2030-{place:02}', 1, '{state}', 'calendar', DATE '{LONG_AGO}'",
    )
    for place, state in enumerate(OPEN_RUNS, 1)
)
_PARTS = tuple(
    _fill("run_part", "run_id, step, number, is_done", f"id, 'propose', {number}, {is_done} FROM run")
    + f" WHERE state = 'proposing' AND municipality = '{ELSEWHERE}'"
    for number, is_done in ((1, False), (2, False), (3, True))
)
_RELEASED = _fill(
    "run",
    "id, month, number, state, proposer, proposed_on, payments",
    f"gen_random_uuid(), '2030-09', 1, 'released', 'calendar', DATE '{LONG_AGO}', 3",
)
_TASKS = tuple(
    _fill(
        "task",
        "id, kind, month, for_role, amount_cents, raised_on",
        f"gen_random_uuid(), '{kind}', '2030-01', 'budget_manager', 0, DATE '{LONG_AGO}' "
        f"FROM generate_series(1, {place})",
    )
    for place, kind in enumerate(TASKS, 1)
)
_SHORT_MONTH = _fill(
    "statement",
    "month, household_id, run_id, status, charges_total_cents, shortfall_cents, content",
    "'2030-01', gen_random_uuid(), gen_random_uuid(), 'sealed', 1, 1, '{}'",
)
_LEDGER = (
    _fill("ledger_line", "entry_id, amount_cents, line_no, account", "0, 7, 1, 1"),
    _fill("ledger_total", "id, account, amount_cents, lines, block", "0, 1, 7, 1, 0"),
)


def _answer(outcome: str, count: int) -> tuple[str, str]:
    """Return the statements that put a bank's answer in: the message, and its entries."""
    message = f"'{outcome}', 'camt.053', '{outcome}', 'anna', jsonb_build_object('{outcome}', {count})"
    entry = f"{count}, number, 1, '{outcome}', DATE '{LONG_AGO}', 1 FROM generate_series(1, {count}) AS number"
    return (
        _fill("bank_message", "sha256, kind, message_id, received_by, counts", message),
        _fill("bank_entry", "statement_no, entry_no, part_no, outcome, booked_on, amount_cents", entry),
    )


_BANK = (
    *_answer("unknown", 2),
    _fill(
        "payment_refusal",
        "instruction_id, reason_code, refused_on, message_sha256",
        f"gen_random_uuid(), 'AC04', DATE '{LONG_AGO}', 'a'",
    ),
    _fill("payment_order", "run_id, month, ordered_on, held_cents", f"id, month, DATE '{LONG_AGO}', 4321 FROM run")
    + f" WHERE state = 'released' AND municipality = '{ELSEWHERE}'",
)
_BOOKS = Rows(
    "ontzorgen",
    (*_RUNS, *_PARTS, _RELEASED, *_TASKS, _SHORT_MONTH, *_LEDGER, *_BANK),
    _empty(
        *("run", "run_part", "task", "ledger_line", "ledger_total", "bank_message", "bank_entry", "payment_refusal"),
        *("payment_order", "payment_file", "payment_file_entry", "statement"),
    ),
)
_DEADLINES = Rows(
    "intake",
    (
        _fill(
            "newcomer",
            "id, target_group, language, opened_on, pip_missed_on",
            f"gen_random_uuid(), target_group, language, opened_on, DATE '{LONG_AGO}' FROM newcomer LIMIT 1",
        ),
    ),
    _empty("newcomer"),
)
_MESSAGES = Rows(
    "notifications",
    tuple(
        _fill(
            "message",
            "id, event_id, audience, person_id, template, language, channel, draft, state, problem, attempts, due_at",
            f"gen_random_uuid(), gen_random_uuid(), audience, person_id, template, language, channel, '{{}}', "
            f"'{state}', {problem}, 1, now() + interval '1 day' FROM message LIMIT {count}",
        )
        for state, problem, count in (("parked", "'unreachable'", 2), ("queued", "NULL", 3))
    ),
    _empty("message"),
)
ROWS = (_HELD, _BOOKS, _DEADLINES, _MESSAGES)
_FILE = "'f', gen_random_uuid(), 1, 1, 5, 'f', ''"
_ENTRY_OF_FILE = "gen_random_uuid(), 'f', 'f', 5"
SENT_TO_BANK = (
    _fill("payment_file", "id, run_id, number, payments, total_cents, sha256, content", _FILE),
    _fill("payment_file_entry", "instruction_id, file_id, batch_id, amount_cents", _ENTRY_OF_FILE),
)
ANSWERED_BY_BANK = _answer("match", 1)
