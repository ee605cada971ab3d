"""The households of the pilots, what their creditors charge, and the accounts. All invented, except the kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo.commands import FixedCharge
from demo.homes import HOMES, PREMIUM_CENTS, Kind
from demo.rng import SeededRandom
from shared.events.codes import ChargeKind, SelfRelianceClass

BY_LAW = (ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY, ChargeKind.WATER)
_PACKAGE = (
    ChargeKind.TELEPHONE,
    ChargeKind.TV,
    ChargeKind.INTERNET,
    ChargeKind.LIABILITY_INSURANCE,
    ChargeKind.CONTENTS_INSURANCE,
)
_EVERYTHING = (*_PACKAGE, ChargeKind.OTHER)
# Whole euros, so that a discount in whole percents leaves no part of a cent.
_EXTRA_CENTS = {
    ChargeKind.TELEPHONE: 1_500,
    ChargeKind.TV: 1_200,
    ChargeKind.INTERNET: 3_500,
    ChargeKind.LIABILITY_INSURANCE: 500,
    ChargeKind.CONTENTS_INSURANCE: 700,
    ChargeKind.CHILDCARE: 9_000,
    ChargeKind.TRAVEL: 4_800,
    ChargeKind.OTHER: 2_500,
}
CREDITORS: Mapping[ChargeKind, tuple[str, str, str]] = {
    ChargeKind.RENT: ("wooncorporatie-voorbeeld", "Wooncorporatie Voorbeeld", "landlord"),
    ChargeKind.HEALTH_INSURANCE: ("zorgverzekeraar-voorbeeld", "Zorgverzekeraar Voorbeeld", "health_insurer"),
    ChargeKind.ENERGY: ("energiebedrijf-voorbeeld", "Energiebedrijf Voorbeeld", "energy"),
    ChargeKind.WATER: ("waterbedrijf-voorbeeld", "Waterbedrijf Voorbeeld", "water"),
    ChargeKind.TELEPHONE: ("telefoon-voorbeeld", "Telefoon Voorbeeld", "telecom"),
    ChargeKind.TV: ("televisie-voorbeeld", "Televisie Voorbeeld", "telecom"),
    ChargeKind.INTERNET: ("internet-voorbeeld", "Internet Voorbeeld", "telecom"),
    ChargeKind.LIABILITY_INSURANCE: ("aansprakelijkheid-voorbeeld", "Verzekeraar Voorbeeld A", "insurer"),
    ChargeKind.CONTENTS_INSURANCE: ("inboedel-voorbeeld", "Verzekeraar Voorbeeld B", "insurer"),
    ChargeKind.CHILDCARE: ("kinderopvang-voorbeeld", "Kinderopvang Voorbeeld", "other"),
    ChargeKind.TRAVEL: ("vervoer-voorbeeld", "Vervoer Voorbeeld", "other"),
    ChargeKind.OTHER: ("overig-voorbeeld", "Overig Voorbeeld", "other"),
}
_NOT, _LIMITED, _SELF = SelfRelianceClass
_LOW, _HIGH = (_NOT, _LIMITED), _SELF


@dataclass(frozen=True)
class HouseholdProfile:
    """A household of a pilot: its kind, its class at the start, and what it pays beyond what the law names."""

    kind: Kind
    start_class: SelfRelianceClass
    extras: tuple[ChargeKind, ...] = ()

    @property
    def is_deducted_in_full(self) -> bool:
        """Whether the extra charges are deducted too, if there is a package for the low classes."""
        return self.start_class in _LOW


_KINDS = (Kind.SINGLE, Kind.PARENT, Kind.FAMILY, Kind.SINGLE, Kind.COUPLE, Kind.SINGLE)
_CLASSES = (_NOT, _NOT, _LIMITED, _LIMITED, _HIGH, _HIGH)
_CUSTOM = (
    (ChargeKind.TELEPHONE, ChargeKind.INTERNET),
    (ChargeKind.CONTENTS_INSURANCE, ChargeKind.CHILDCARE),
    (ChargeKind.INTERNET, ChargeKind.OTHER),
    (ChargeKind.TELEPHONE,),
    (ChargeKind.TRAVEL,),
    (),
)


def draw_profiles(municipality: str, count: int) -> list[HouseholdProfile]:
    """Return the first `count` of a pilot's six; further ones repeat them."""
    profiles = []
    for number in range(count):
        position = number % len(_KINDS)
        kind = _KINDS[position]
        if municipality == "gm0385" and position in (1, 3):
            kind = Kind.YOUNG
        profiles.append(HouseholdProfile(kind, _CLASSES[position], _extras(municipality, kind, position)))
    return profiles


def _extras(municipality: str, kind: Kind, position: int) -> tuple[ChargeKind, ...]:
    has_children = HOMES[kind].has_children
    match municipality:
        case "gm0502":
            return _CUSTOM[position]
        case "gm0518":
            return _PACKAGE
        case "gm0779":
            return ChargeKind.LIABILITY_INSURANCE, ChargeKind.CONTENTS_INSURANCE
        case "gm0531":
            return (*_EVERYTHING, ChargeKind.CHILDCARE) if has_children else _EVERYTHING
        case _:
            return ()


def draw_charges(rng: SeededRandom, profile: HouseholdProfile) -> list[FixedCharge]:
    """Draw what creditors charge each month, to the accounts of the register."""
    home = HOMES[profile.kind]
    rent = rng.between(430, 480) if profile.kind is Kind.YOUNG else rng.between(520, 600)
    amounts_cents = {
        ChargeKind.RENT: rent * 100,
        ChargeKind.HEALTH_INSURANCE: PREMIUM_CENTS * home.adults,
        ChargeKind.ENERGY: rng.between(90, 150) * 100,
        ChargeKind.WATER: rng.between(11, 26) * 100,
        **{kind: _EXTRA_CENTS[kind] for kind in profile.extras},
    }
    return [FixedCharge(kind, CREDITORS[kind][0], None, cents) for kind, cents in amounts_cents.items()]


def mandated_charges(municipality: str, profile: HouseholdProfile, charges: Sequence[FixedCharge]) -> list[FixedCharge]:
    """Return the charges with a mandate; in Den Haag the self-reliant pay the extra ones themselves."""
    if municipality != "gm0518" or profile.is_deducted_in_full:
        return list(charges)
    return [charge for charge in charges if charge.kind in BY_LAW]
