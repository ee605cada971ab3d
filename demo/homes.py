"""Kinds of household, what they pay, and the accounts of payees: invented, for the season and its pilots."""

from dataclasses import dataclass
from enum import StrEnum

from schwifty import IBAN

from shared.events.codes import AgeBand, ChargeKind, HouseholdType


@dataclass(frozen=True)
class Home:
    """A kind of household, what it pays for rent (least and most, in cents), and how many premiums."""

    household_type: HouseholdType
    age_band: AgeBand
    has_children: bool
    rent_cents: tuple[int, int]
    adults: int = 1


class Kind(StrEnum):
    SINGLE = "single"
    YOUNG = "single, under 21"
    PARENT = "single parent"
    COUPLE = "couple"
    FAMILY = "couple with children"
    MIXED_AGES = "couple, one under 21"
    YOUNG_FAMILY = "couple with a child, both under 21"


HOMES = {
    Kind.SINGLE: Home(HouseholdType.SINGLE, AgeBand.FROM_21, False, (49_820, 63_000)),
    Kind.YOUNG: Home(HouseholdType.SINGLE, AgeBand.FROM_18_TO_20, False, (42_000, 49_820)),
    Kind.PARENT: Home(HouseholdType.SINGLE_PARENT, AgeBand.FROM_21, True, (58_000, 71_302)),
    Kind.COUPLE: Home(HouseholdType.COUPLE, AgeBand.FROM_21, False, (56_000, 71_302), adults=2),
    Kind.FAMILY: Home(HouseholdType.COUPLE, AgeBand.FROM_21, True, (62_000, 76_414), adults=2),
    Kind.MIXED_AGES: Home(HouseholdType.COUPLE, AgeBand.MIXED, False, (54_000, 66_000), adults=2),
    Kind.YOUNG_FAMILY: Home(HouseholdType.COUPLE, AgeBand.FROM_18_TO_20, True, (68_000, 76_414), adults=2),
}
SHARES = {
    Kind.SINGLE: 16,
    Kind.YOUNG: 3,
    Kind.PARENT: 5,
    Kind.COUPLE: 3,
    Kind.FAMILY: 5,
    Kind.MIXED_AGES: 2,
    Kind.YOUNG_FAMILY: 1,
}
# Invented accounts at a bank that does not exist; their check digits are right.
CREDITORS_BY_LAW = {
    ChargeKind.RENT: ("wooncorporatie-voorbeeld", "NL69TEST0000000001"),
    ChargeKind.HEALTH_INSURANCE: ("zorgverzekeraar-voorbeeld", "NL42TEST0000000002"),
    ChargeKind.ENERGY: ("energiebedrijf-voorbeeld", "NL15TEST0000000003"),
    ChargeKind.WATER: ("waterbedrijf-voorbeeld", "NL85TEST0000000004"),
}
PREMIUM_CENTS = 15_900


# The bank refuses what goes to this one.
CLOSED_ACCOUNT = 666


def iban(number: int) -> str:
    """Return an account at a bank that does not exist; its check digits are right."""
    return str(IBAN.generate("NL", bank_code="TEST", account_code=f"{number:010}"))


def municipality_account(municipality: str) -> str:
    return iban(9_000_000 + int(municipality[2:]))
