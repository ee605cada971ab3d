"""How each municipality pays: read from the TOML beside this file, checked, and kept. The law stands apart, in law/."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.ontzorgen.domain import Conventions
from shared.events.codes import ChargeKind
from shared.policies import DatedPolicy, PolicyBook, load_policies


class ReliefPolicy(DatedPolicy):
    """What a municipality chooses about the month's run."""

    run_day: int = Field(ge=1, le=28, description="Day of the month from which the month is run")
    priority: tuple[ChargeKind, ...] = Field(description="Who is paid first when the benefit falls short")
    whole_month_kinds: frozenset[ChargeKind] = Field(description="Advances: due in full or not at all in a month")

    @model_validator(mode="after")
    def _every_kind_has_a_place(self) -> Self:
        if sorted(self.priority) != sorted(ChargeKind):
            raise ValueError(f"priority must name each of {', '.join(ChargeKind)} once: complete it.")
        return self

    @property
    def conventions(self) -> Conventions:
        return Conventions(priority=self.priority, whole_month_kinds=self.whole_month_kinds)


@cache
def book() -> PolicyBook[ReliefPolicy]:
    """Every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, ReliefPolicy)


def policy_of(municipality: str, on: date) -> ReliefPolicy:
    """The policy in force in a municipality on a day."""
    return book().of(municipality, on)
