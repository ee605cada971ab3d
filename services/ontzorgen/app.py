"""Ontzorgen, wired together: its routes, the events it consumes, its gauges, and the hooks between capabilities."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI

from services.ontzorgen import metrics
from services.ontzorgen.bank.api import accounts, bank_statements, instructions, payment_files, status_reports
from services.ontzorgen.bank.handlers.bank_figures import count_bank
from services.ontzorgen.bank.handlers.statement_gaps import review_own_accounts
from services.ontzorgen.bank.handlers.unbooked_payments import review_unbooked
from services.ontzorgen.bank.rules import matching
from services.ontzorgen.bank.rules.refusals import OTHER_REASON, REASONS
from services.ontzorgen.household.api import (
    creditors,
    deductions,
    file,
    households,
    loans,
    mandate_requests,
    people,
    start_money,
    supplier_discounts,
)
from services.ontzorgen.household.handlers.debit_days import warn_of_late_payment
from services.ontzorgen.household.handlers.household_figures import count_households
from services.ontzorgen.household.handlers.households import end_relief, on_pip_signed, read_file
from services.ontzorgen.household.handlers.mandate_requests import raise_unanswered
from services.ontzorgen.household.handlers.start_money import refresh_start_money
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.independence.api import (
    applications,
    arrears_signals,
    class_figures,
    coaches,
    coaching,
    courses,
    energy_coaching,
    evaluation,
    measurements,
    money_decisions,
    mother_pay,
    my_month,
    neighbourhood_mothers,
    phase_out,
    providers,
    self_reliance,
    sounding_board,
)
from services.ontzorgen.independence.handlers.days import raise_due
from services.ontzorgen.independence.handlers.self_reliance import load_standings
from services.ontzorgen.ledger import api as ledger
from services.ontzorgen.ledger.handlers import sum_ledger
from services.ontzorgen.policies.handlers import forward_days_max, load_law, use_folder
from services.ontzorgen.run.api import guarantees, months, runs
from services.ontzorgen.run.handlers.progress import count_progress
from services.ontzorgen.run.handlers.recurring_months import refresh_recurring_month
from services.ontzorgen.run.handlers.runs import is_run_open, on_shard_opened, propose_due_months
from services.ontzorgen.run.rules.run import FINAL, RunState
from services.ontzorgen.settings import Settings
from services.ontzorgen.tasks import api as tasks
from services.ontzorgen.tasks.handlers import count_tasks, raise_overdue
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.figures import DatabaseFigures
from shared.database.transactions import Database, Transaction
from shared.events import DayStarted, PIPSigned, RunShardOpened
from shared.http.bodies import LargerBodies
from shared.messaging import DONE, Outcome, Received, Subscription
from shared.service import API_PREFIX, ServiceDefinition, api_document, create_service

# Their order is that of the OpenAPI document.
ROUTERS = (
    households.router,
    months.router,
    ledger.create_router(read_file),
    tasks.router,
    runs.router,
    file.router,
    deductions.router,
    people.router,
    loans.router,
    start_money.router,
    creditors.router,
    accounts.router,
    payment_files.router,
    instructions.router,
    status_reports.router,
    bank_statements.router,
    self_reliance.router,
    measurements.router,
    money_decisions.router,
    evaluation.router,
    phase_out.router,
    coaches.router,
    coaching.router,
    courses.router,
    applications.router,
    providers.router,
    arrears_signals.router,
    sounding_board.router,
    neighbourhood_mothers.router,
    mother_pay.router,
    energy_coaching.router,
    supplier_discounts.router,
    my_month.router,
    class_figures.router,
    mandate_requests.router,
    guarantees.router,
)
router = APIRouter()
for area in ROUTERS:
    router.include_router(area)


async def refresh_months(household_id: UUID, tx: Transaction) -> None:
    """Derive anew what a household's months follow from, and what is proposed to begin with."""
    await refresh_recurring_month(household_id, tx)
    await refresh_start_money(household_id, tx)


# What households need from the capabilities above them.
HOOKS = HouseholdHooks(file_changed=refresh_months, load_standings=load_standings, is_run_open=is_run_open)


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """Do what a day makes due, capability by capability; a day that comes twice or late changes nothing more."""
    day = received.data.date
    await propose_due_months(day, tx)
    await end_relief(day, tx)
    await raise_unanswered(day, tx)
    await warn_of_late_payment(day, tx)
    await raise_due(day, tx)
    await review_unbooked(day, tx)
    await review_own_accounts(day, tx)
    await raise_overdue(day, tx)
    return DONE


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(event=PIPSigned, handler=on_pip_signed),
    Subscription(event=DayStarted, handler=on_day_started),
    Subscription(event=RunShardOpened, handler=on_shard_opened, own_transaction=True),
)

# What each capability counts when the metrics are read.
COUNTS = (count_progress, count_bank, count_households, count_tasks, sum_ledger)
# Their code lists belong to capabilities, which the metrics know as little of as of each other.
metrics.RUNS_OPEN.show_codes([state for state in RunState if state not in FINAL])
metrics.TASKS_RAISED.show_codes(TaskKind)
metrics.TASKS_OPEN.show_codes(TaskKind)
metrics.PAYMENTS_REFUSED.show_codes((*REASONS, OTHER_REASON))
metrics.BANK_ENTRIES.show_codes(matching.Outcome)

DEFINITION = ServiceDefinition(
    name="ontzorgen",
    title="Meedoen ontzorgen",
    description="Huishoudens van wie de gemeente zes maanden de vaste lasten uit de bijstand betaalt.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
    tags={
        "huishoudens": "Huishoudens, hun verwerkte maanden en hun grootboek",
        "lasten": "Vaste lasten en machtigingen",
        "dossier": "Wie er woont, wat er is en waar recht op is, in versies",
        "inkomen": "Inkomen naast de bijstand, verlagingen, beslagen en verrekeningen",
        "regeldag": "Regeldagen en wat er op is geregeld",
        "startgeld": "Geld om te beginnen, voorgesteld en besloten",
        "schuldeisers": "Het register van schuldeisers",
        "taken": "Wat iemand moet doen",
        "runs": "De run van een maand: voorstel, goedkeuring, verzegeling, vrijgave",
        "bank": "Rekeningen, betaalbestanden en bestanden van de bank",
        "zelfredzaamheid": "Metingen, besluiten en de afbouw van het ontzorgen",
        "begeleiding": "Coaches, cursussen, aanvragen en aanbieders",
        "omgeving": "Signalen, klankbordgroep, buurtmoeders, energie en kortingen",
        "cijfers": "Tellingen zonder personen",
        "inzagelog": "Wie wat over wie te zien kreeg",
    },
    forward_days_max=forward_days_max,
    hooks=HOOKS,
    people_query="SELECT id AS household_id, person_id FROM household WHERE id = ANY($1::uuid[])",
)


def create_app(settings: Settings) -> FastAPI:
    """Return the service with these settings; building it does no I/O beyond reading the policies and the law."""
    without_policy = use_folder(settings.policies_folder, settings.municipalities)
    load_law()
    uploads = (status_reports.PATH, bank_statements.PATH)
    larger = {f"{API_PREFIX}{path}": settings.bank_file_bytes_max for path in uploads}
    files = LargerBodies(larger, settings.bank_files_in_flight_bytes_max)
    figures = DatabaseFigures(metrics.GAUGES, COUNTS, settings.municipalities, settings.figures_every_seconds)
    app = create_service(
        settings, DEFINITION, larger_bodies=files, measure=figures.measure, without_policy=without_policy
    )
    app.state.payments_per_file_max = settings.payments_per_file_max
    app.state.registry.register(metrics.REGISTRY)
    return app


def open_database(url: str, *, pool_size_max: int = 8) -> Database:
    """Return a database with the service's hooks, for whoever calls its handlers outside the application."""
    return Database(url, service=DEFINITION.name, pool_size_max=pool_size_max, hooks=HOOKS)


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
