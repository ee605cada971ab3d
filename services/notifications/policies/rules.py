"""What a municipality chooses about its messages, and the languages that it chooses from."""

from pydantic import Field, field_validator

from shared.policies import DatedPolicy

LANGUAGES = ("nl", "en", "ar", "ti")
"""Every message has a text in each of these."""
_ADDRESS = r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[a-z]{2,}$"


class LetterPolicy(DatedPolicy):
    """Who writes, where answers go, and what is sent to someone whose language we do not have."""

    municipality_name: str = Field(min_length=1, max_length=80, description="Stands below every message")
    sender_email: str = Field(pattern=_ADDRESS, description="From")
    help_email: str = Field(pattern=_ADDRESS, description="Where people ask their questions")
    case_manager_email: str = Field(pattern=_ADDRESS, description="Mailbox of the case managers")
    fallback_languages: tuple[str, ...] = Field(min_length=1, description="Together, for a language we do not have")

    @field_validator("fallback_languages")
    @classmethod
    def _check_languages(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(languages) - set(LANGUAGES)):
            raise ValueError(f"There are no templates in {', '.join(unknown)}: choose from {', '.join(LANGUAGES)}.")
        return languages
