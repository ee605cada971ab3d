"""A municipality of three people as a state machine on the rules that the handlers call: what money goes where.

Person 0 is after the money and does whatever the rules let him. The others do their work as honest people do: they
confirm no account that he brought and approve no run with a charge that he made up; the rest they do by routine. He has
an account of his own, and one that two others confirmed long ago for an honest reason.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.ontzorgen.fields import PAYMENT_FILES_ROLE
from services.ontzorgen.household.rules import charge_versions, creditors
from services.ontzorgen.household.rules.charges import Charge
from services.ontzorgen.household.rules.creditors import Creditor, CreditorKind
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.run.rules import run as run_rules
from services.ontzorgen.run.rules.run import CALENDAR, Run, RunState, Totals
from shared.errors.refusals import ConflictError, RefusedError
from shared.events.codes import ChargeKind
from shared.identity import Role

DAY = date(2026, 7, 1)
HONEST_IBAN, OWN_IBAN, OLD_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567", "NL39RABO0300065264"
LANDLORD, ACQUAINTANCE, NEW, UNREGISTERED = "woonstad", "bekende", "stroom", "water"
CONTENT = "a" * 64
BEFORE = -1  # who did what lies before the story
ENTRIES_MAX = 2
THIEF = 0


@dataclass(frozen=True)
class Rules:
    """The rules that a test may switch off, one by one."""

    record_creditor: Callable[..., tuple[Creditor, bool]] = creditors.record_creditor
    compare_account: Callable[..., Charge] = creditors.compare_account
    change_charge: Callable[..., tuple[Charge, bool]] = charge_versions.change_charge
    refuse_same_person: Callable[[Recorder, Recorder], None] = creditors.refuse_same_person
    approve_run: Callable[..., tuple[Run, Any]] = run_rules.approve_run
    release_run: Callable[..., Run] = run_rules.release_run
    payment_files_role: Role = PAYMENT_FILES_ROLE


@dataclass(frozen=True)
class Office:
    """Who works there, each with some roles; and how many must approve."""

    roles: Sequence[frozenset[Role]]
    approvers_required: int = 1


@dataclass(frozen=True)
class State:
    """What is on record. Every version has the number of its recording as id; `by` has who recorded it, by that id."""

    register: tuple[Creditor, ...]
    charges: tuple[Charge, ...]
    by: tuple[int, ...]
    confirmed: frozenset[UUID]
    run: Run | None = None
    paid_roots: frozenset[UUID] = frozenset()
    approvers: tuple[str, ...] = ()
    releaser: str = ""
    exported: frozenset[tuple[UUID, str]] = frozenset()

    @property
    def made_up(self) -> frozenset[UUID]:
        """The charges that nobody owes; a real one on a wrong account is none."""
        return frozenset(charge.root_id for charge in self.charges if charge.creditor == ACQUAINTANCE)

    def author_of(self, id_: UUID) -> int:
        return self.by[id_.int]

    def is_payable(self, version: Creditor | Charge) -> bool:
        return not version.needs_confirmation or version.id in self.confirmed

    def versions_of(self, code: str) -> list[Creditor]:
        return [version for version in self.register if version.code == code]

    def find_iban(self, root_id: UUID) -> str | None:
        """The account on which a charge is paid today, as the query of payees finds it."""
        versions = [charge for charge in self.charges if charge.root_id == root_id and self.is_payable(charge)]
        if not versions:
            return None
        if versions[-1].iban is not None:
            return versions[-1].iban
        payable = [version for version in self.versions_of(versions[-1].creditor) if self.is_payable(version)]
        return payable[-1].iban if payable else None

    def list_authors(self, people: Sequence[str]) -> set[str]:
        """Those who recorded a charge that is paid, or a creditor of one, as the query of authors finds them."""
        codes = {charge.creditor for charge in self.charges}
        versions = [*self.charges, *(version for version in self.register if version.code in codes)]
        return {str(self.author_of(version.id)) for version in versions} & set(people)


def begin() -> State:
    landlord = Creditor(UUID(int=0), LANDLORD, "Woonstad", CreditorKind.LANDLORD, HONEST_IBAN, DAY)
    acquaintance = replace(landlord, id=UUID(int=1), code=ACQUAINTANCE, iban=OLD_IBAN)
    rent = Charge(UUID(int=2), ChargeKind.RENT, LANDLORD, None, "huur", 100, DAY, None)
    return State((landlord, acquaintance), (rent,), (BEFORE,) * 3, frozenset())


class Model:
    """Every act that an office may do in a state, under some rules."""

    def __init__(self, office: Office, rules: Rules) -> None:
        self._office = office
        self._rules = rules

    def list_next(self, state: State) -> Iterator[tuple[str, State]]:
        """Yield each act that is not refused, with the state that it leads to."""
        for name, act in self._list_acts(state):
            try:
                after = act()
            except (RefusedError, ConflictError):
                continue
            if after != state:
                yield name, after

    def _list_acts(self, state: State) -> Iterator[tuple[str, Callable[[], State]]]:
        if state.run is None:
            yield "the calendar proposes", lambda: self._propose(state, CALENDAR)
        for person, roles in enumerate(self._office.roles):
            if Role.BUDGET_MANAGER in roles:
                for name, act in self._list_acts_of_manager(state, person):
                    yield f"{person} {name}", act
            if self._rules.payment_files_role in roles and state.run and state.run.state is RunState.RELEASED:
                yield f"{person} exports", lambda: self._export(state)

    def _list_acts_of_manager(self, state: State, person: int) -> Iterator[tuple[str, Callable[[], State]]]:
        if len(state.by) < len(begin().by) + ENTRIES_MAX:
            yield from self._list_entries(state, person)
        for version in (*state.register, *state.charges):
            if not state.is_payable(version) and (person == THIEF or version.iban != OWN_IBAN):
                yield f"confirms {version.id.int}", lambda v=version: self._confirm(state, person, v)
        if state.run is None:
            yield "proposes", lambda: self._propose(state, str(person))
            return
        run, subject = state.run, str(person)
        if run.state is RunState.PROPOSED and (person == THIEF or not self._has_made_up(state)):
            yield "approves", lambda: self._approve(state, run, subject)
        if run.state is RunState.APPROVED:
            yield "seals", lambda: replace(state, run=run_rules.seal_run(run, CONTENT, DAY)[0])
        if run.state is RunState.SEALED:
            yield "releases", lambda: self._release(state, run, subject)

    def _list_entries(self, state: State, person: int) -> Iterator[tuple[str, Callable[[], State]]]:
        iban = OWN_IBAN if person == THIEF else HONEST_IBAN
        yield "changes the landlord", lambda: self._register(state, person, LANDLORD, iban)
        yield "changes the rent", lambda: self._change_rent(state, person, iban)
        if person == THIEF:
            yield "enters a creditor", lambda: self._register(state, person, NEW, iban)
            yield "adds a real charge on his account", lambda: self._add_charge(state, person, UNREGISTERED, iban)
            yield "adds a real charge of that creditor", lambda: self._add_charge(state, person, NEW, None)
            yield "makes up a charge of an acquaintance", lambda: self._add_charge(state, person, ACQUAINTANCE, None)

    def _register(self, state: State, person: int, code: str, iban: str) -> State:
        versions = state.versions_of(code)
        creditor = Creditor(UUID(int=len(state.by)), code, "Naam", CreditorKind.OTHER, iban, DAY)
        is_confirmed = bool(versions) and state.is_payable(versions[-1])
        version, _ = self._rules.record_creditor(versions, creditor, is_confirmed=is_confirmed)
        return replace(state, register=(*state.register, version), by=(*state.by, person))

    def _add_charge(self, state: State, person: int, code: str, iban: str | None) -> State:
        versions = state.versions_of(code)
        charge = Charge(UUID(int=len(state.by)), ChargeKind.OTHER, code, iban, "x", 100, DAY, None)
        charge_versions.add_charge(state.charges, charge)
        creditor = versions[-1] if versions else None
        is_confirmed = creditor is not None and state.is_payable(creditor)
        charge = self._rules.compare_account(charge, creditor, is_confirmed=is_confirmed)
        return replace(state, charges=(*state.charges, charge), by=(*state.by, person))

    def _change_rent(self, state: State, person: int, iban: str) -> State:
        rent = state.charges[0].root_id
        change = charge_versions.ChangeOfCharge(UUID(int=len(state.by)), DAY, DAY, 100, iban=iban)
        payable = {charge.id for charge in state.charges if state.is_payable(charge)}
        version, _ = self._rules.change_charge(state.charges, rent, change, payable)
        return replace(state, charges=(*state.charges, version), by=(*state.by, person))

    def _confirm(self, state: State, person: int, version: Creditor | Charge) -> State:
        recorder, confirming = (Recorder("", str(who)) for who in (state.author_of(version.id), person))
        self._rules.refuse_same_person(recorder, confirming)
        return replace(state, confirmed=state.confirmed | {version.id})

    def _propose(self, state: State, proposer: str) -> State:
        proposing = run_rules.propose_run("gm0637", "2026-07", (), proposer, DAY, 1)
        run, _ = run_rules.complete_proposal(proposing, Totals(), self._office.approvers_required)
        return replace(state, run=run, paid_roots=frozenset(charge.root_id for charge in state.charges))

    def _approve(self, state: State, run: Run, subject: str) -> State:
        authors = state.list_authors([*state.approvers, subject])
        approved, _ = self._rules.approve_run(run, state.approvers, subject, authors)
        return replace(state, run=approved, approvers=(*state.approvers, subject))

    def _release(self, state: State, run: Run, subject: str) -> State:
        releasing = self._rules.release_run(run, CONTENT, DAY, state.approvers, subject)
        return replace(state, run=run_rules.complete_release(releasing)[0], releaser=subject)

    def _export(self, state: State) -> State:
        ibans = ((root_id, state.find_iban(root_id)) for root_id in state.paid_roots)
        return replace(state, exported=state.exported | {(root_id, iban) for root_id, iban in ibans if iban})

    def _has_made_up(self, state: State) -> bool:
        """Whether a run pays a charge that the thief made up, which whoever looks at it sees."""
        return bool(state.paid_roots & state.made_up)


def find_hole(state: State, office: Office) -> str | None:
    """What went wrong in a state in which money left; None if nothing did."""
    if not state.exported:
        return None
    if any(iban == OWN_IBAN or root_id in state.made_up for root_id, iban in state.exported):
        return "money went to an account of the thief's choice"
    if len({*state.approvers, state.releaser}) < 2:
        return "one person took the run from its proposal to its release"
    if not any(PAYMENT_FILES_ROLE in roles for roles in office.roles):
        return "money left though nobody has the right to export"
    return None


def search(office: Office, rules: Rules, acts_max: int) -> tuple[list[str] | None, int]:
    """Play every sequence of at most so many acts; return the shortest with a hole, if any, and the states seen."""
    model = Model(office, rules)
    first = begin()
    seen, layer = {first}, [(first, [])]
    for _ in range(acts_max):
        following: list[tuple[State, list[str]]] = []
        for state, path in layer:
            for name, after in model.list_next(state):
                if after in seen:
                    continue
                seen.add(after)
                if hole := find_hole(after, office):
                    return [*path, name, hole], len(seen)
                if after.exported == state.exported:  # nothing new can go wrong once the same money has left
                    following.append((after, [*path, name]))
        layer = following
    return None, len(seen)
