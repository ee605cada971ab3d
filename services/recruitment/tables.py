"""What every row of recruitment begins with: the municipality, on a MetaData of the service's own."""

from sqlalchemy import MetaData, Text
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """What every row has; a MetaData of its own keeps the four services' tables apart."""

    metadata = MetaData()
    municipality: str = Field(primary_key=True, sa_type=Text)
