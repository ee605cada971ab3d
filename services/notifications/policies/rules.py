"""What a municipality chooses about its messages, and the languages that it chooses from."""

from pydantic import Field, field_validator

from shared.policies import DatedPolicy

LANGUAGES = ("nl", "en", "ar", "ti")
"""Every message has a text in each of these."""
_COLLEGE = "het college van burgemeester en wethouders van"
_ADDRESS = r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[a-z]{2,}$"


class LetterPolicy(DatedPolicy):
    """Who writes, where answers go, and what is sent to someone whose language we do not have."""

    municipality_name: str = Field(min_length=1, max_length=80, description="Stands below every message")
    sender_email: str = Field(pattern=_ADDRESS, description="From")
    help_email: str = Field(pattern=_ADDRESS, description="Where people ask their questions")
    help_phone: str = Field(default="", pattern=r"^[0-9+ ()-]{0,20}$", description="Telephone number above letters")
    return_address: str = Field(
        default="", max_length=100, description="Postal address of the sender, where letters come back to"
    )
    case_manager_email: str = Field(pattern=_ADDRESS, description="Mailbox of the case managers")
    fallback_languages: tuple[str, ...] = Field(min_length=1, description="Together, for a language we do not have")
    contact_wait_days: int = Field(
        default=14, ge=0, le=90, description="So long a letter waits for a name and an address; then it is parked"
    )
    objection_to: str = Field(
        default="", max_length=160, description="Who decides and gets objections; empty: the municipality's college"
    )
    objection_address: str = Field(default="", max_length=160, description="Postal address; empty: the town hall")
    objection_page: str = Field(default="", max_length=160, description="Web page to object on; empty: there is none")

    @property
    def authority(self) -> str:
        """Who decides, and to whom an objection is addressed; in Dutch, as it stands on an envelope."""
        return self.objection_to or f"{_COLLEGE} {_name_in_sentence(self.municipality_name)}"

    @field_validator("fallback_languages")
    @classmethod
    def _check_languages(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(languages) - set(LANGUAGES)):
            raise ValueError(f"There are no templates in {', '.join(unknown)}: choose from {', '.join(LANGUAGES)}.")
        return languages


def _name_in_sentence(municipality_name: str) -> str:
    """Return the name of a municipality as it stands within a sentence: de gemeente Zoetermeer."""
    first, _, rest = municipality_name.partition(" ")
    if first == "Gemeente" and rest:
        return f"de gemeente {rest}"
    return f"de {rest}" if first == "De" else municipality_name
