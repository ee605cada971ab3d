"""Neighbourhoods and how many of their people need Dutch, as the municipality counted them."""

from dataclasses import dataclass

from shared.errors.refusals import Fault


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood of the municipality, by its own code."""

    code: str
    name: str
    needs_but_not_obligated: int
    obligated: int


def neighbourhood_faults(*, is_on_record: bool) -> list[Fault]:
    """Return what is wrong with a neighbourhood that was named."""
    if is_on_record:
        return []
    sentence = "This neighbourhood is not on record: put it there first, or correct the code."
    return [Fault("neighbourhood", "unknown", sentence)]
