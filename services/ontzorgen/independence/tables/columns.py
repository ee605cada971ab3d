"""Columns that several tables of growing independent have."""

from datetime import date

from sqlalchemy import ARRAY, BigInteger, Column, Date, Identity, Text


def build_texts_column() -> Column[list[str]]:
    """Return a column of several texts."""
    return Column(ARRAY(Text), nullable=False)


def build_days_column() -> Column[list[date]]:
    """Return a column of several days."""
    return Column(ARRAY(Date), nullable=False)


def build_place_column(*, is_key: bool = False) -> Column[int]:
    """Return the column of a number that the database gives in the order of recording."""
    return Column(BigInteger, Identity(always=True), primary_key=is_key, nullable=False)
