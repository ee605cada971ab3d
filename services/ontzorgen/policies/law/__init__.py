"""The law's tables: read from norms.toml, checked, and kept. A new norm is a table in that file and no code."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from services.ontzorgen.domain.law import Law, NormCategory, NormTable

_SINCE = {NormCategory.YOUTH_SUPPLEMENT: date(2026, 1, 1)}  # a duty of the municipality from this day on


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date
    next_change_on: date
    source: str = Field(min_length=1)
    holiday_percent: int = Field(ge=0, le=100)
    norm_cents: dict[NormCategory, PositiveInt]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        expected = {category for category in NormCategory if self.valid_from >= _SINCE.get(category, date.min)}
        if missing := sorted(expected - self.norm_cents.keys()):
            raise ValueError(f"The table of {self.valid_from} lacks {', '.join(missing)}: add the amounts.")
        if self.next_change_on <= self.valid_from:
            raise ValueError(f"The table of {self.valid_from} ends before it begins: correct next_change_on.")
        return self


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    articles: dict[NormCategory, str]
    table: tuple[_Table, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [table.valid_from for table in self.table]
        if days != sorted(set(days)):
            raise ValueError("List the tables by valid_from, oldest first, each once.")
        if missing := sorted(set(NormCategory) - self.articles.keys()):
            raise ValueError(f"No article is given for {', '.join(missing)}: add it under [articles].")
        return self


def read_law(text: str) -> Law:
    """The law from the text of a TOML document; ValueError with a sentence for what is wrong in it."""
    document = _Document.model_validate(tomllib.loads(text))
    tables = tuple(NormTable(**dict(table)) for table in document.table)
    return Law(tables=tables, articles=document.articles)


@cache
def the_law() -> Law:
    """The law as shipped; read once."""
    return read_law((Path(__file__).parent / "norms.toml").read_text(encoding="utf-8"))
