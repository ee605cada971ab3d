"""The law's tables, read from norms.toml and checked. A new norm is a table in that file and no code."""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from services.ontzorgen.policies.rules.law import (
    EXEMPT_PERCENT_MAX,
    PENSION_YEARS_MIN,
    AssetLimit,
    CostSharerFormula,
    Law,
    NormCategory,
    NormTable,
    PensionAge,
    WorkExemption,
    YouthCap,
)

_SINCE = dict.fromkeys((NormCategory.YOUTH_SUPPLEMENT, NormCategory.CHILD_ADDITION), date(2026, 1, 1))  # not before


class _Dated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date
    source: str = Field(min_length=1)


class _WithArticle(_Dated):
    article: str = Field(min_length=1)


class _Table(_Dated):
    next_change_on: date
    holiday_percent: int = Field(ge=0, le=100)
    norm_cents: dict[NormCategory, PositiveInt]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        expected = {category for category in NormCategory if self.valid_from >= _SINCE.get(category, date.min)}
        if missing := sorted(expected - self.norm_cents.keys()):
            raise ValueError(f"The table of {self.valid_from} lacks {', '.join(missing)}: add the amounts.")
        if self.next_change_on <= self.valid_from:
            raise ValueError(f"The table of {self.valid_from} ends before it begins: correct next_change_on.")
        return self


class _YouthCap(_WithArticle):
    percent_of_norm_from_21: int = Field(ge=1, le=100)


class _CostSharer(_WithArticle):
    fixed_percent: int = Field(ge=0, le=100)
    each_percent: int = Field(ge=0, le=100)


class _PensionAge(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    born_from: date
    article: str = Field(min_length=1)
    source: str = Field(min_length=1)
    years: int = Field(ge=PENSION_YEARS_MIN, le=80)
    months: int = Field(ge=0, le=11)


class _AssetLimit(_WithArticle):
    single_cents: PositiveInt
    others_cents: PositiveInt


class _WorkExemption(_WithArticle):
    percent_max: int = Field(ge=0, le=EXEMPT_PERCENT_MAX)
    cents_max: PositiveInt
    months_max: int = Field(ge=1, le=36)
    years_min: int = Field(ge=18, le=80)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    holiday_article: str = Field(min_length=1)
    articles: dict[NormCategory, str]
    table: tuple[_Table, ...] = Field(min_length=1)
    youth_cap: tuple[_YouthCap, ...] = Field(min_length=1)
    cost_sharer: tuple[_CostSharer, ...] = Field(min_length=1)
    pension_age: tuple[_PensionAge, ...] = Field(min_length=1)
    asset_limit: tuple[_AssetLimit, ...] = Field(min_length=1)
    work_exemption: tuple[_WorkExemption, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        lists: tuple[Sequence[_Dated], ...] = (
            self.table,
            self.youth_cap,
            self.cost_sharer,
            self.asset_limit,
            self.work_exemption,
        )
        for tables in lists:
            days = [table.valid_from for table in tables]
            if days != sorted(set(days)):
                raise ValueError("List the tables by valid_from, oldest first, each once.")
        births = [row.born_from for row in self.pension_age]
        if births != sorted(set(births)):
            raise ValueError("List pension_age by born_from, oldest first, each once.")
        if missing := sorted(set(NormCategory) - self.articles.keys()):
            raise ValueError(f"No article is given for {', '.join(missing)}: add it under [articles].")
        if self.cost_sharer[0].valid_from > self.table[0].valid_from:
            raise ValueError("cost_sharer must hold from the first table on: enter older ones.")
        return self


def read_law(text: str) -> Law:
    """Return the law from the text of a TOML document; ValueError with a sentence for what is wrong in it."""
    document = _Document.model_validate(tomllib.loads(text))
    return Law(
        tables=tuple(NormTable(**dict(table)) for table in document.table),
        articles=document.articles,
        holiday_article=document.holiday_article,
        youth_caps=tuple(YouthCap(**dict(table)) for table in document.youth_cap),
        cost_sharers=tuple(CostSharerFormula(**dict(table)) for table in document.cost_sharer),
        pension_ages=tuple(PensionAge(**dict(table)) for table in document.pension_age),
        asset_limits=tuple(AssetLimit(**dict(table)) for table in document.asset_limit),
        work_exemptions=tuple(WorkExemption(**dict(table)) for table in document.work_exemption),
    )


@cache
def load_shipped_law() -> Law:
    """Return the law as shipped; read once."""
    return read_law((Path(__file__).parents[1] / "law" / "norms.toml").read_text(encoding="utf-8"))
