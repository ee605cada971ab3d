"""The closed code lists that events carry or that services share. Names follow the glossary of the domain."""

from enum import StrEnum
from typing import Self


class Ladder(StrEnum):
    """The base of a code list with an order, lowest first."""

    def reaches(self, least: Self) -> bool:
        """Return whether this is the given step or a higher one."""
        steps = list(type(self))
        return steps.index(self) >= steps.index(least)


class LanguageLevel(Ladder):
    """Levels of Dutch by the Common European Framework, lowest first."""

    A0 = "a0"
    PRE_A1 = "pre_a1"
    A1 = "a1"
    A1_PLUS = "a1_plus"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"


class OutreachChannel(StrEnum):
    """Where ambassadors meet people (Zoetermeer, seed 000)."""

    SCHOOL = "school"
    FESTIVITY = "festivity"
    MARKET = "market"
    NEIGHBOURHOOD_ORGANISATION = "neighbourhood_organisation"
    HOME_VISIT = "home_visit"


class TargetGroup(StrEnum):
    """On what footing someone takes part (Wi 3, 13, 19)."""

    VOLUNTARY = "voluntary"
    ASYLUM_STATUS_HOLDER = "asylum_status_holder"
    FAMILY_MIGRANT = "family_migrant"
    OTHER_MIGRANT = "other_migrant"


class LearningRoute(StrEnum):
    """The three learning routes (Wi 7, 8, 9)."""

    B1_ROUTE = "b1_route"
    EDUCATION_ROUTE = "education_route"
    Z_ROUTE = "z_route"


class RouteReason(StrEnum):
    """Why a route was advised; codes only, the talk itself stays in the file."""

    LEARNABILITY_EXPECTS_B1 = "learnability_expects_b1"
    LEARNABILITY_BELOW_B1 = "learnability_below_b1"
    WISH_AND_CHANCE_OF_EDUCATION = "wish_and_chance_of_education"
    SCHOOLING_IN_COUNTRY_OF_ORIGIN = "schooling_in_country_of_origin"
    LITERACY_FIRST = "literacy_first"
    CASE_MANAGER_DEVIATES = "case_manager_deviates"


class HouseholdType(StrEnum):
    """The household types that decide the norm (Pw 20-21)."""

    SINGLE = "single"
    SINGLE_PARENT = "single_parent"
    COUPLE = "couple"


class AgeBand(StrEnum):
    """The adults' ages as far as the norm needs them (Pw 20-22)."""

    FROM_18_TO_20 = "18_20"
    MIXED = "18_20_and_21_plus"
    FROM_21 = "21_plus"


class ChargeKind(StrEnum):
    """The fixed charges: first those of Pw 56a, then what a municipality's policy may add by agreement (Pw 57)."""

    RENT = "rent"
    HEALTH_INSURANCE = "health_insurance"
    ENERGY = "energy"
    WATER = "water"
    TELEPHONE = "telephone"
    TV = "tv"
    INTERNET = "internet"
    LIABILITY_INSURANCE = "liability_insurance"
    CONTENTS_INSURANCE = "contents_insurance"
    CHILDCARE = "childcare"
    TRAVEL = "travel"
    OTHER = "other"


class ChargeChange(StrEnum):
    """What happened to a fixed charge."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


class Payee(StrEnum):
    """Who of a household is paid."""

    PERSON = "person"
    PARTNER = "partner"


class StartMoneyKind(StrEnum):
    """Money to begin with, by its kind (domain, 2.4)."""

    FIRST_RENT = "first_rent"
    FURNISHING_CREDIT = "furnishing_credit"
    BRIDGING = "bridging_allowance"
    SUPPLEMENTARY = "supplementary_assistance"


class ShortfallSolution(StrEnum):
    """What solves a shortfall, in the order in which it is tried (convention of the domain, 2.3)."""

    YOUTH_SUPPLEMENT = "youth_supplement"
    ROUTED_ALLOWANCES = "routed_allowances"
    BRIDGING_MONEY = "bridging_money"
    SPECIAL_ASSISTANCE = "special_assistance"
    CREDITOR_ARRANGEMENT = "creditor_arrangement"
    CASE_MANAGER_DECISION = "case_manager_decision"


class SelfRelianceClass(StrEnum):
    """The three classes of financial self-reliance that all six pilots share."""

    NOT_SELF_RELIANT = "not_self_reliant"
    LIMITED = "limited"
    SELF_RELIANT = "self_reliant"


class MeasurementMoment(StrEnum):
    """Why self-reliance was measured."""

    START = "start"
    SIX_MONTHS = "six_months"
    ON_REQUEST = "on_request"


class ExtensionGround(StrEnum):
    """Why someone cannot spend responsibly without help yet (Pw 57)."""

    NOT_SELF_RELIANT_AT_RETEST = "not_self_reliant_at_retest"
    ARREARS = "arrears"
    DEBTS = "debts"
    OTHER_GROUNDED_REASON = "other_grounded_reason"


class PhaseOutStep(StrEnum):
    """The steps of letting go; a policy says which, in which order."""

    CREDITORS_INFORMED = "creditors_informed"
    MONTHLY_MONEY = "monthly_money"
    DIRECT_DEBIT_SET_UP = "direct_debit_set_up"
    PAYS_TOGETHER = "pays_together"
    PAYS_ALONE = "pays_alone"


class RunStep(StrEnum):
    """What a shard of a month's run is asked to do."""

    PROPOSE = "propose"
    RELEASE = "release"


class DeadlineKind(StrEnum):
    """A clock that the law or the policy sets."""

    PIP = "pip"


class ReliefEndReason(StrEnum):
    """Why relief ended."""

    PERIOD_OVER = "period_over"
    ASSISTANCE_STOPPED = "assistance_stopped"
    PHASED_OUT = "phased_out"
    MOVED_AWAY = "moved_away"


class MessageChannel(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    LETTER = "letter"


class DeliveryProblem(StrEnum):
    """Why a delivery was set aside."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
