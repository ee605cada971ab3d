"""Zoetermeer: ambassadors go out in pairs and find candidates, who come of their own will and may leave again."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from demo import journey
from demo.commands import (
    Meeting,
    Person,
    appoint,
    form_pair,
    give_contact,
    hold_outreach,
    plan_talk,
    put_neighbourhood,
    register,
    withdraw,
)
from demo.figures import Figures
from demo.rng import Dice
from demo.story import DAYS_IN_WEEK, Command, Size
from shared.events.codes import OutreachChannel, TargetGroup

OUTREACHES_IN_WEEK_MIN = 4
# The source names the channels and not how many came by each: these weights are ours.
_CHANNELS = {
    OutreachChannel.SCHOOL: 16,
    OutreachChannel.FESTIVITY: 8,
    OutreachChannel.MARKET: 12,
    OutreachChannel.NEIGHBOURHOOD_ORGANISATION: 17,
    OutreachChannel.HOME_VISIT: 8,
}
_REACH = {
    OutreachChannel.SCHOOL: (12, 40),
    OutreachChannel.FESTIVITY: (30, 120),
    OutreachChannel.MARKET: (20, 80),
    OutreachChannel.NEIGHBOURHOOD_ORGANISATION: (8, 30),
    OutreachChannel.HOME_VISIT: (2, 6),
}
_SPOKEN = ("ar", "ti", "en", "fa", "tr", "so")


class Fate(StrEnum):
    """How far a candidate comes. The source gives no shares: these are ours, so that every end is seen."""

    WITHDRAWS_BEFORE_INTAKE = "withdraws before intake"
    WITHDRAWS_AFTER_INTAKE = "withdraws after intake"
    UNDECIDED = "has had the intake and thinks about a plan"
    SIGNS = "signs a plan"
    SIGNS_AFTER_ANOTHER_TALK = "asks for another day, and signs a plan"


_FATES = {
    Fate.WITHDRAWS_BEFORE_INTAKE: 8,
    Fate.WITHDRAWS_AFTER_INTAKE: 5,
    Fate.UNDECIDED: 9,
    Fate.SIGNS: 68,
    Fate.SIGNS_AFTER_ANOTHER_TALK: 10,
}


def set_up(dice: Dice, figures: Figures, size: Size) -> tuple[list[Command], list[tuple[UUID, ...]]]:
    """The neighbourhoods of both towns, and Zoetermeer's ambassadors in pairs; an odd one makes a threesome."""
    zoetermeer, day = figures.zoetermeer, size.first_day
    commands = []
    for town in (zoetermeer, figures.leeuwarden):
        office = dice.id("office", town.municipality)
        commands += [put_neighbourhood(day, town.municipality, office, one) for one in town.neighbourhoods]
    office = dice.id("office", zoetermeer.municipality)
    ambassadors = [dice.id("ambassador", number) for number in range(size.ambassadors)]
    for number, ambassador_id in enumerate(ambassadors):
        home = zoetermeer.neighbourhoods[number % len(zoetermeer.neighbourhoods)].code
        spoken = ["nl", _SPOKEN[number % len(_SPOKEN)]]
        commands.append(
            appoint(
                day,
                zoetermeer.municipality,
                office,
                ambassador_id=ambassador_id,
                neighbourhood=home,
                languages=spoken,
            )
        )
    pairs = _in_pairs(ambassadors, zoetermeer.pair_size)
    for number, pair in enumerate(pairs):
        pair_id = dice.id("pair", number)
        commands.append(form_pair(day, zoetermeer.municipality, office, pair_id=pair_id, members=pair))
    return commands, pairs


def recruit(dice: Dice, figures: Figures, size: Size, pairs: list[tuple[UUID, ...]]) -> Iterator[Command]:
    """Week by week: who goes where, who is found there, and what becomes of them."""
    candidates = _candidates(dice, figures, size)
    channels = iter(dice.shares(_CHANNELS, size.candidates))
    fates = iter(dice.shares(_FATES, size.candidates))
    pasts = iter(journey.backgrounds(dice, size.candidates, obligated=False))
    for week, count in enumerate(_per_week(dice, size)):
        found_by = [next(channels) for _ in range(count)]
        meetings = _meetings(dice, figures, size.first_day + timedelta(weeks=week), found_by, pairs)
        for meeting in meetings:
            reached = dice.between(*_REACH[meeting.channel])
            yield hold_outreach(figures.zoetermeer.municipality, meeting, reached)
        for channel in found_by:
            meeting = dice.one_of([one for one in meetings if one.channel is channel])
            yield from _candidate(dice, next(candidates), meeting, next(fates), next(pasts))


def _candidate(dice: Dice, person: Person, meeting: Meeting, fate: Fate, past: journey.Background) -> Iterator[Command]:
    week_end = meeting.day + timedelta(days=DAYS_IN_WEEK - 1 - meeting.day.weekday())
    registered_on = min(meeting.day + timedelta(days=dice.between(0, 2)), week_end)
    yield give_contact(person, registered_on)
    yield register(person, registered_on, meeting)
    asked_on = dice.office_day(week_end, 1, 4)
    talk_on = dice.office_day(asked_on, 14, 24)
    if fate is Fate.WITHDRAWS_BEFORE_INTAKE:
        yield plan_talk(person, asked_on, talk_on)
        yield withdraw(person, talk_on - timedelta(days=3))
        return
    moved_to = dice.office_day(talk_on, 7, 14) if fate is Fate.SIGNS_AFTER_ANOTHER_TALK else None
    yield from journey.talk_and_intake(dice, person, past, asked_on=asked_on, talk_on=talk_on, moved_to=moved_to)
    held_on = moved_to or talk_on
    if fate is Fate.WITHDRAWS_AFTER_INTAKE:
        yield withdraw(person, held_on + timedelta(days=dice.between(8, 20)))
    elif fate is not Fate.UNDECIDED:
        drafted_on = dice.office_day(held_on, 6, 12)
        signed_on = dice.office_day(drafted_on, 3, 14)
        yield from journey.plan(dice, person, drafted_on=drafted_on, signed_on=signed_on)


def _candidates(dice: Dice, figures: Figures, size: Size) -> Iterator[Person]:
    """Every fourth has no e-mail address and gets letters."""
    for number, language in enumerate(journey.languages(dice, size.candidates)):
        email = f"candidate-{number}@example.org" if number % 4 else None
        person_id = dice.id("candidate", number)
        yield Person(person_id, figures.zoetermeer.municipality, language, TargetGroup.VOLUNTARY, email)


def _meetings(
    dice: Dice, figures: Figures, monday: date, found_by: list[OutreachChannel], pairs: list[tuple[UUID, ...]]
) -> list[Meeting]:
    """Where pairs go this week: to every channel that someone is found by, and to a few others."""
    others = [dice.one_of(figures.zoetermeer.channels) for _ in range(OUTREACHES_IN_WEEK_MIN)]
    channels = [*dict.fromkeys(found_by), *others][: max(OUTREACHES_IN_WEEK_MIN, len(set(found_by)))]
    week = (monday - date.min).days
    return [
        Meeting(
            id=dice.id("outreach", week, place),
            day=monday + timedelta(days=dice.between(*((4, 6) if channel is OutreachChannel.FESTIVITY else (0, 5)))),
            channel=channel,
            neighbourhood=dice.one_of(figures.zoetermeer.neighbourhoods).code,
            ambassador_ids=pair,
        )
        for place, (channel, pair) in enumerate(zip(channels, _some_pairs(dice, pairs, len(channels)), strict=True))
    ]


def _some_pairs(dice: Dice, pairs: list[tuple[UUID, ...]], count: int) -> list[tuple[UUID, ...]]:
    return dice.some_of(pairs, count) if count <= len(pairs) else [dice.one_of(pairs) for _ in range(count)]


def _per_week(dice: Dice, size: Size) -> list[int]:
    """How many are found in each week: as even as whole people allow, the odd ones in drawn weeks."""
    share, odd = divmod(size.candidates, size.recruiting_weeks)
    better = dice.some_of(range(size.recruiting_weeks), odd)
    return [share + (week in better) for week in range(size.recruiting_weeks)]


def _in_pairs(ambassadors: list[UUID], pair_size: int) -> list[tuple[UUID, ...]]:
    pairs = [tuple(ambassadors[at : at + pair_size]) for at in range(0, len(ambassadors), pair_size)]
    if len(pairs) > 1 and len(pairs[-1]) < pair_size:
        pairs[-2:] = [pairs[-2] + pairs[-1]]
    return pairs
