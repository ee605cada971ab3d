"""What cannot be true of the adults of one household, whatever the month: each fault in a sentence with its field."""

from collections.abc import Iterator, Sequence

from services.ontzorgen.statement.rules.situation import Adult
from shared.errors.refusals import Fault


def find_faults_of_adults(field: str, adults: Sequence[Adult]) -> Iterator[Fault]:
    """Yield what is wrong with who of them has a right to assistance."""
    for index, adult in enumerate(adults):
        if not adult.has_right and not index:
            sentence = "The first adult has a right to assistance: list the spouse without a right as the second."
            yield Fault(f"{field}.{index}.has_right", "first_adult_without_right", sentence)
        if adult.has_right and adult.single_norm_ground is not None:
            sentence = "Only beside a spouse without a right is this decided: give has_right false, or leave it out."
            yield Fault(f"{field}.{index}.single_norm_ground", "ground_without_effect", sentence)
