"""The figures that the season is based on, from the source documents; `figures.json` names the sources."""

import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shared.events.codes import OutreachChannel
from shared.identity import Municipality

FILE = Path(__file__).with_name("figures.json")


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Neighbourhood(_Fact):
    """A neighbourhood and how many of its people need Dutch, as the source counted them."""

    code: str
    name: str
    needs_but_not_obligated: int
    obligated: int


class _Town(_Fact):
    source: str
    municipality: Municipality
    name: str
    neighbourhoods: tuple[Neighbourhood, ...]


class Zoetermeer(_Town):
    """The ambassadors' programme: who went out, whom they found in how many weeks, what they aimed for."""

    neighbourhoods_note: str
    ambassadors: int
    pair_size: int
    group_target_signed_plans: int
    candidates: int
    recruiting_weeks: int
    channels: tuple[OutreachChannel, ...]


class Leeuwarden(_Town):
    """The sixteen neighbourhoods of the plan of approach."""


class Relief(_Fact):
    """The pilot of financieel ontzorgen: how many take part, from which day, for how many months."""

    source: str
    status_holders: int
    months: int
    from_day: date


class Pilot(_Fact):
    """A pilot of the programme: who runs it, for how many it was planned, and what sets it apart, in one sentence."""

    source: str
    municipality: Municipality
    name: str
    short_name: str
    together_with: str
    planned_participants_min: int
    planned_participants_max: int
    sets_apart: str

    @property
    def planned(self) -> str:
        """For how many people it was planned."""
        least, most = self.planned_participants_min, self.planned_participants_max
        return str(least) if least == most else f"{least} to {most}"


class Figures(_Fact):
    """Everything that comes from the sources."""

    zoetermeer: Zoetermeer
    leeuwarden: Leeuwarden
    relief: Relief
    pilots: tuple[Pilot, ...]

    def town(self, municipality: str) -> str:
        """Return the common name of a municipality."""
        towns: tuple[_Town | Pilot, ...] = (self.zoetermeer, self.leeuwarden, *self.pilots)
        return next((town.name for town in towns if town.municipality == municipality), municipality)


def load_figures() -> Figures:
    return Figures.model_validate(json.loads(FILE.read_text(encoding="utf-8")))
