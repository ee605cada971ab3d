"""The rules of ontzorgen, by noun: the law's amounts, the household, its charges and mandates, the month, the ledger.

Pure: (state, fact, day) to (state, events). A refusal is a RefusedError whose text is one sentence for a person.
"""

from services.ontzorgen.domain.charges import Charge, Mandate, add_mandate, revoke, split_by_mandate
from services.ontzorgen.domain.household import Household, HouseholdFile, start_relief
from services.ontzorgen.domain.law import Law, NormCategory, NormTable, category_of
from services.ontzorgen.domain.ledger import Account, bookings
from services.ontzorgen.domain.rules import MonthRules
from services.ontzorgen.domain.statement import Statement, statement, statements
from services.ontzorgen.domain.tasks import Task, TaskKind
from services.ontzorgen.domain.versions import add_charge

__all__ = [
    "Account",
    "Charge",
    "Household",
    "HouseholdFile",
    "Law",
    "Mandate",
    "MonthRules",
    "NormCategory",
    "NormTable",
    "Statement",
    "Task",
    "TaskKind",
    "add_charge",
    "add_mandate",
    "bookings",
    "category_of",
    "revoke",
    "split_by_mandate",
    "start_relief",
    "statement",
    "statements",
]
