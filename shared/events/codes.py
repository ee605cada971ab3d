"""The closed code lists that events carry. Names follow the glossary of the domain."""

from enum import StrEnum


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
    """The fixed charges of Pw 56a: rent; gas, water and electricity; compulsory health insurance."""

    RENT = "rent"
    HEALTH_INSURANCE = "health_insurance"
    ENERGY = "energy"
    WATER = "water"


class DeadlineKind(StrEnum):
    """A clock that the law or the policy sets."""

    PIP = "pip"


class ReliefEndReason(StrEnum):
    """Why relief ended."""

    PERIOD_OVER = "period_over"
    ASSISTANCE_STOPPED = "assistance_stopped"


class MessageChannel(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    LETTER = "letter"


class DeliveryProblem(StrEnum):
    """Why a delivery was set aside."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
