"""How each municipality does the intake: read from the TOML beside this file, checked, and kept."""

from datetime import date
from functools import cache
from pathlib import Path

from pydantic import Field

from services.intake.domain import Part, Schooling
from shared.policies import DatedPolicy, PolicyBook, load_policies


class IntakePolicy(DatedPolicy):
    """What a municipality chooses. The statutory parts and the ten weeks for the plan are law and not here."""

    voluntary_parts: tuple[Part, ...] = Field(
        min_length=1, max_length=len(Part), description="Parts of the intake that a volunteer is asked for"
    )
    education_schooling_min: Schooling = Field(
        description="Least schooling in the country of origin for a large chance in the education route (Wi 8)"
    )


@cache
def book() -> PolicyBook[IntakePolicy]:
    """Every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, IntakePolicy)


def policy_in_force(municipality: str, on: date) -> IntakePolicy:
    """The policy in force in a municipality on a day."""
    return book().of(municipality, on)
