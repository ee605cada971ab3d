"""The rows of neighbourhoods."""

from sqlalchemy import Text
from sqlmodel import Field

from services.recruitment.tables import Row


class NeighbourhoodRow(Row, table=True):
    __tablename__ = "neighbourhood"
    code: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    needs_but_not_obligated: int
    obligated: int
