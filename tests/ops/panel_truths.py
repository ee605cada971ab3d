"""For each query of each panel, what is true: rows of the databases, or what the process itself says.

What is 0 is left out on both sides. A window is as long as the run, which began empty.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import psutil
from watched_run import HELD_EVENTS_MAX, ROOT, SERVICES, WatchedRun

Values = dict[frozenset[tuple[str, str]], float]
Ask = Callable[[WatchedRun], Awaitable[Values]]


@dataclass(frozen=True)
class Truth:
    """What a query must return, within a share of it; `may_be_empty` where no series at all is right."""

    ask: Ask
    share_max: float = 0.0
    may_be_empty: bool = False


def keyed(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def _ask_sql(service: str, query: str, labels: Sequence[str], run: WatchedRun) -> Values:
    rows = await run.fetch(service, query)
    return {frozenset(zip(labels, map(str, row), strict=False)): float(row[-1] or 0) for row in rows}


def sql(service: str, query: str, *labels: str, may_be_empty: bool = False) -> Truth:
    """What a query of one service's database returns: the labels, then the value."""
    return Truth(partial(_ask_sql, service, query, labels), may_be_empty=may_be_empty)


def core(query: str, *labels: str, share_max: float = 0.0) -> Truth:
    """What the same query returns in the database of each service."""

    async def ask(run: WatchedRun) -> Values:
        found: Values = {}
        for service in SERVICES:
            for key, value in (await _ask_sql(service, query, labels, run)).items():
                found[key | {("service", service)}] = value
        return found

    return Truth(ask, share_max)


def told(name: str, *labels: str, share_max: float = 0.0, per_seconds: float = 1.0) -> Truth:
    """What the processes themselves have counted since Prometheus began to look."""

    async def ask(run: WatchedRun) -> Values:
        sums: Counter[frozenset[tuple[str, str]]] = Counter()
        for service in SERVICES:
            for series, value in run.scrape(service).items():
                if series.partition("{")[0] == name:
                    texts = dict(pair.split("=", 1) for pair in series.partition("{")[2].rstrip("}").split(",") if pair)
                    own = {label: texts[label].strip('"') for label in labels if label != "service"}
                    sums[keyed(**own, **({"service": service} if "service" in labels else {}))] += (
                        value - run.before[service].get(series, 0.0)
                    ) / per_seconds
        return dict(sums)

    return Truth(ask, share_max)


def quantile(share: float, histogram: str) -> Truth:
    """The quantile by the buckets that the processes show, as Prometheus computes it, within a bucket."""

    async def ask(run: WatchedRun) -> Values:
        found: Values = {}
        for service in SERVICES:
            buckets: Counter[float] = Counter()
            for series, value in run.scrape(service).items():
                if series.startswith(f"{histogram}_bucket"):
                    le = float(series.partition('le="')[2].partition('"')[0])
                    buckets[le] += value - run.before[service].get(series, 0.0)
            if total := buckets[float("inf")]:
                found[keyed(service=service)] = min(le for le, count in buckets.items() if count >= share * total)
        return found

    return Truth(ask, share_max=0.9)


async def ask_checks(run: WatchedRun) -> Values:
    checks = {service: ["startup", "database", "broker"] for service in SERVICES}
    checks["notifications"].append("spool")
    return {keyed(service=service, check=check): 1.0 for service, names in checks.items() for check in names}


async def ask_failed(run: WatchedRun) -> Values:
    found: Values = {}
    for service in SERVICES:
        for series, value in run.scrape(service).items():
            if series.startswith("http_requests_total") and 'status="5' in series and "/health/" not in series:
                route = series.partition('route="')[2].partition('"')[0]
                found[keyed(service=service, route=route)] = value / WINDOW_SECONDS
    return found


async def ask_each_1(_: WatchedRun) -> Values:
    return {keyed(service=service): 1.0 for service in SERVICES}


async def ask_without_policy(run: WatchedRun) -> Values:
    found = {}
    for service in SERVICES:
        files = {path.stem for path in (ROOT / "services" / service / "policies").glob("gm*.toml")}
        found[keyed(service=service)] = float(len(set(run.state.municipalities) - files))
    return found


async def ask_lag(run: WatchedRun) -> Values:
    command = [sys.executable, "-m", "meedoen", "status", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=run.environment, capture_output=True, text=True, check=False)  # noqa: ASYNC221 - nothing else runs in this loop
    listed = {service["service"]: service["consumer_lag"] for service in json.loads(done.stdout)["services"]}
    return {keyed(service=name): float(listed[name]) for name in SERVICES}


async def ask_memory(run: WatchedRun) -> Values:
    return {
        keyed(service=name, instance=f"127.0.0.1:{run.port(name)}", job="meedoen"): float(
            psutil.Process(run.pid(name)).memory_info().rss
        )
        for name in SERVICES
    }


async def ask_cpu(run: WatchedRun) -> Values:
    found = {}
    for name in SERVICES:
        times = psutil.Process(run.pid(name)).cpu_times()
        labels = keyed(service=name, instance=f"127.0.0.1:{run.port(name)}", job="meedoen")
        found[labels] = (times.user + times.system) / WINDOW_SECONDS
    return found


WINDOW_SECONDS = 3_600.0  # instead of shorter and longer windows: the whole run is within it
_WAITING = "FROM messaging.outbox WHERE position > (SELECT position_done FROM messaging.relay_mark)"
_AGE = f"SELECT extract(epoch FROM now() - min(recorded_at)) {_WAITING}"  # noqa: S608 - a constant of ours
_DEPTH = f"SELECT count(*) {_WAITING}"
_ACKNOWLEDGED = f"SELECT count(*) / {WINDOW_SECONDS} FROM messaging.outbox"  # noqa: S608 - a number
_BY_MUNICIPALITY = "SELECT count(*) AS events FROM messaging.held WHERE is_believed GROUP BY municipality"
_FULLEST = f"SELECT max(events) / {HELD_EVENTS_MAX}.0 FROM ({_BY_MUNICIPALITY}) AS counted"  # noqa: S608 - ours
_FAILED = "service", "cause"

CORE: dict[str, tuple[Truth, ...]] = {
    "Processes up": (Truth(ask_each_1),),
    "Dependencies reachable (1) or not (0)": (Truth(ask_checks),),
    "Relays active (one per service)": (Truth(ask_each_1),),
    "Municipalities without a policy of their own": (Truth(ask_without_policy),),
    "Relay age: the oldest event that Kafka has not acknowledged": (core(_AGE, share_max=0.1),),
    "Outbox depth": (core(_DEPTH),),
    "Events acknowledged per second": (core(_ACKNOWLEDGED, share_max=0.1),),
    "Relay rounds that failed, by cause": (told("meedoen_relay_failures_total", *_FAILED),),
    "Consumer lag": (Truth(ask_lag),),
    "Events handled per second, by outcome": (
        told("meedoen_consumed_events_total", "service", "outcome", share_max=0.1, per_seconds=WINDOW_SECONDS),
    ),
    "Batch seconds": (
        quantile(0.5, "meedoen_consumer_batch_seconds"),
        quantile(0.99, "meedoen_consumer_batch_seconds"),
    ),
    "Held now, by state": (core("SELECT state, count(*) FROM messaging.held GROUP BY 1", "state"),),
    "Parked now, by reason": (
        core("SELECT reason, count(*) FROM messaging.held WHERE state = 'parked' GROUP BY 1", "reason"),
    ),
    "Fullest municipality: events held, of what may be held": (core(_FULLEST),),
    "Issuer's keys that were left out, by reason": (told("meedoen_issuer_keys_unusable_total", "service", "reason"),),
    "Failed responses (5xx) per second, by route": (Truth(ask_failed, share_max=0.2, may_be_empty=True),),
    "Parked, by reason": (told("meedoen_parked_events_total", "service", "reason"),),
    "Retries, by reason": (told("meedoen_retried_events_total", "service", "reason"),),
    "Batches rolled back, by cause": (told("meedoen_consumer_batch_failures_total", *_FAILED),),
    "Run progress": (
        sql(
            "ontzorgen",
            "SELECT avg(is_done::integer) FROM run_part JOIN run ON run.id = run_part.run_id "
            "WHERE (run.state, step) IN (('proposing', 'propose'), ('releasing', 'release')) HAVING count(*) > 0",
            may_be_empty=True,
        ),
    ),
    "Parts of the run, waiting and done": (
        sql(
            "ontzorgen",
            "SELECT step, CASE WHEN is_done THEN 'done' ELSE 'waiting' END, count(*) FROM run_part JOIN run "
            "ON run.id = run_part.run_id "
            "WHERE (run.state, step) IN (('proposing', 'propose'), ('releasing', 'release')) GROUP BY 1, 2",
            "step",
            "state",
        ),
    ),
    "Open runs, by state": (
        sql(
            "ontzorgen",
            "SELECT state, count(*) FROM run WHERE state NOT IN ('released', 'withdrawn') GROUP BY 1",
            "state",
        ),
    ),
    "Responses per second, by status": (
        told("http_responses_total", "service", "status", share_max=0.2, per_seconds=WINDOW_SECONDS),
    ),
    "Response time, p99": (quantile(0.99, "http_request_duration_seconds"),),
    "Resident memory": (Truth(ask_memory, share_max=0.2),),
    "CPU": (Truth(ask_cpu, share_max=0.6),),
}
CHAIN: dict[str, tuple[Truth, ...]] = {
    "Ambassadors appointed": (sql("recruitment", "SELECT count(*) FROM ambassador"),),
    "People reached": (sql("recruitment", "SELECT sum(people_reached) FROM outreach"),),
    "Candidates registered": (sql("recruitment", "SELECT count(*) FROM candidate"),),
    "Candidates who withdrew": (sql("recruitment", "SELECT count(*) FROM candidate WHERE withdrawn_on IS NOT NULL"),),
    "Signed plans credited to ambassadors": (sql("recruitment", "SELECT count(DISTINCT person_id) FROM credit"),),
    "Outreaches held": (sql("recruitment", "SELECT count(*) FROM outreach"),),
    "Candidates in the past day, by channel": (
        sql("recruitment", "SELECT channel, count(*) FROM candidate GROUP BY 1", "channel"),
    ),
    "Candidates by channel": (sql("recruitment", "SELECT channel, count(*) FROM candidate GROUP BY 1", "channel"),),
    "Files opened": (sql("intake", "SELECT count(*) FROM newcomer"),),
    "Intakes completed": (sql("intake", "SELECT count(intake_completed_on) FROM newcomer"),),
    "Plans signed": (sql("intake", "SELECT count(*) FROM plan WHERE signed_on IS NOT NULL"),),
    "Legal deadlines missed": (sql("intake", "SELECT count(pip_missed_on) FROM newcomer"),),
    "Intakes completed in the past day, by route": (
        sql(
            "intake",
            "SELECT advised_route, count(*) FROM broad_intake WHERE decided_route IS NOT NULL GROUP BY 1",
            "route",
        ),
    ),
    "Plans signed in the past day, with and without relief": (
        sql(
            "intake", "SELECT relief_agreed::text, count(*) FROM plan WHERE signed_on IS NOT NULL GROUP BY 1", "relief"
        ),
    ),
    "Households that entered relief": (sql("ontzorgen", "SELECT count(*) FROM household"),),
    "Households whose relief ended": (sql("ontzorgen", "SELECT count(ended_on) FROM household"),),
    "Months run": (sql("ontzorgen", "SELECT sum(months_run) FROM household"),),
    "Paid to creditors": (
        sql(
            "ontzorgen",
            "SELECT sum(amount_cents) / 100.0 FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id "
            "WHERE e.kind = 1 AND l.account BETWEEN 31 AND 42",
        ),
    ),
    "Shortfalls": (sql("ontzorgen", "SELECT count(*) FROM statement WHERE shortfall_cents > 0"),),
    "Ledger sum (must be 0)": (sql("ontzorgen", "SELECT sum(amount_cents) / 100.0 FROM ledger_line"),),
    "Months run and shortfalls in the past day": (
        sql("ontzorgen", "SELECT sum(months_run) FROM household"),
        sql("ontzorgen", "SELECT count(*) FROM statement WHERE shortfall_cents > 0"),
    ),
    "Tasks left for a person so far": (sql("ontzorgen", "SELECT kind, count(*) FROM task GROUP BY 1", "kind"),),
    "Payments in files": (
        sql("ontzorgen", "SELECT count(*) FROM payment_file_entry"),
        sql("ontzorgen", "SELECT sum(amount_cents) / 100.0 FROM payment_file_entry"),
    ),
    "Entries matched": (sql("ontzorgen", "SELECT count(*) FROM bank_entry WHERE outcome IN ('match', 'split')"),),
    "Payments refused or returned": (sql("ontzorgen", "SELECT count(*) FROM payment_refusal"),),
    "Released runs without a file": (
        sql(
            "ontzorgen",
            "SELECT count(*) FROM run WHERE state = 'released' AND id NOT IN (SELECT run_id FROM payment_file)",
        ),
    ),
    "Entries of bank statements, by outcome": (
        sql("ontzorgen", "SELECT outcome, count(*) FROM bank_entry GROUP BY 1", "outcome"),
    ),
    "Refused, by reason": (sql("ontzorgen", "SELECT reason_code, count(*) FROM payment_refusal GROUP BY 1", "reason"),),
    "Tasks open now": (
        sql("ontzorgen", "SELECT kind, count(*) FROM task WHERE done_on IS NULL GROUP BY 1", "kind", may_be_empty=True),
    ),
    "Messages by language": (sql("notifications", "SELECT language, count(*) FROM message GROUP BY 1", "language"),),
    "Messages by kind": (sql("notifications", "SELECT template, count(*) FROM message GROUP BY 1", "template"),),
    "Messages sent in the past hour, by channel": (
        sql("notifications", "SELECT channel, count(sent_on) FROM message GROUP BY 1", "channel"),
    ),
    "Deliveries: retried in the past hour, set aside now": (
        told("meedoen_deliveries_retried_total", "problem"),
        sql("notifications", "SELECT problem, count(*) FROM message WHERE state = 'parked' GROUP BY 1", "problem"),
        told("meedoen_delivery_rounds_failed_total"),
    ),
    "Payments that wait for an account": (sql("ontzorgen", "SELECT sum(held_cents) / 100.0 FROM payment_order"),),
    "Holiday allowance set aside": (
        sql("ontzorgen", "SELECT sum(amount_cents) / 100.0 FROM ledger_line WHERE account = 20"),
    ),
    "Spool writable (1) or not (0)": (sql("notifications", "SELECT 1"),),
    "Files purged from the spool": (told("meedoen_spool_files_purged_total"),),
    "Money of released runs, by where it went": (
        sql(
            "ontzorgen",
            "SELECT 'creditors', sum(deducted_cents) / 100.0 FROM statement UNION ALL "
            "SELECT 'persons', sum(remainder_cents) / 100.0 FROM statement",
            "to",
        ),
    ),
    "Messages that wait to go out": (
        sql("notifications", "SELECT channel, count(*) FROM message WHERE state = 'queued' GROUP BY 1", "channel"),
    ),
}
TRUTHS = {"core": CORE, "chain": CHAIN}
