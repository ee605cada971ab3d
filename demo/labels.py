"""The labels of codes in the report: English, with the Dutch term where people use it."""

from collections.abc import Mapping
from datetime import date

from shared.events.codes import LearningRoute, MessageChannel, OutreachChannel
from shared.money import euro_text

CHANNELS: Mapping[str, str] = {
    OutreachChannel.SCHOOL: "Schools",
    OutreachChannel.FESTIVITY: "Festivities",
    OutreachChannel.MARKET: "Markets",
    OutreachChannel.NEIGHBOURHOOD_ORGANISATION: "Organisations",
    OutreachChannel.HOME_VISIT: "Home visits",
}
MESSAGE_CHANNELS: Mapping[str, str] = {
    MessageChannel.EMAIL: "E-mail",
    MessageChannel.LETTER: "Letter",
}
ROUTES: Mapping[str, str] = {
    LearningRoute.B1_ROUTE: "B1-route",
    LearningRoute.EDUCATION_ROUTE: "Onderwijsroute",
    LearningRoute.Z_ROUTE: "Z-route",
}
LANGUAGES: Mapping[str, str] = {
    "nl": "Dutch",
    "en": "English",
    "ar": "Arabic",
    "ti": "Tigrinya",
    "mul": "Dutch and English together",
}
RIGHT_TO_LEFT = frozenset({"ar"})
TEMPLATES: Mapping[str, str] = {
    "month_deducted": "The money of a month",
    "relief_started": "Relief starts",
}
STEPS: Mapping[str, str] = {
    "file_opened": "File opened",
    "invited": "Invited for a talk",
    "intake_completed": "Brede intake completed",
    "plan_signed": "Plan (PIP) signed",
    "relief_started": "Relief (ontzorgen) started",
}
POINTS: Mapping[str, str] = {
    "before_intake": "Waiting for the brede intake",
    "before_plan": "Waiting for the plan (PIP)",
    "in_relief": "In relief (ontzorgen)",
    "plan_signed": "Plan signed",
}
TASKS: Mapping[str, str] = {
    "shortfall": "Shortfall to solve",
    "mandate_missing": "Mandate missing",
    "charges_missing": "Charges missing",
    "norm_outdated": "Norm out of date",
    "creditors_to_tell": "Creditors to inform of the end",
    "start_money": "Start money to decide on",
    "evaluation_due": "Evaluation due",
    "parents_pending": "Parents' means to establish",
}


def label_code(code: str) -> str:
    """Return a readable label for a code that has none of its own."""
    return code.replace("_", " ").replace("-", " ").capitalize()


def label_event(event_type: str) -> str:
    """Return a readable label for a type such as `nl.meedoen.intake.pip-signed.v1`."""
    name = label_code(event_type.split(".")[3])
    return "PIP" + name[3:] if name.startswith("Pip ") else name


def euro(amount_cents: int) -> str:
    """Return an amount in whole euros, for overviews."""
    return f"€ {round(amount_cents / 100):,}"


def euro_exact(amount_cents: int) -> str:
    return euro_text(amount_cents, "en")


def month_name(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%b %Y}"


def short_month_name(month: str) -> str:
    return month_name(month)[:3]


def percent(part: int, total: int) -> str:
    return f"{100 * part / total:.0f} %" if total else "-"
