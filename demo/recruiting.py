"""Zoetermeer: ambassadors go out in pairs and find candidates, who are volunteers and may withdraw."""

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
from demo.rng import SeededRandom
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
    """How far a candidate comes. The source gives no shares: these are ours, so that every outcome occurs."""

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


def set_up(rng: SeededRandom, figures: Figures, size: Size) -> tuple[list[Command], list[tuple[UUID, ...]]]:
    """Return the neighbourhoods of both towns, and Zoetermeer's ambassadors in pairs; an odd one joins a pair."""
    zoetermeer, day = figures.zoetermeer, size.first_day
    commands = []
    for town in (zoetermeer, figures.leeuwarden):
        office = rng.id("office", town.municipality)
        commands += [
            put_neighbourhood(day, town.municipality, office, neighbourhood) for neighbourhood in town.neighbourhoods
        ]
    office = rng.id("office", zoetermeer.municipality)
    ambassadors = [rng.id("ambassador", number) for number in range(size.ambassadors)]
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
    pairs = _group_in_pairs(ambassadors, zoetermeer.pair_size)
    for number, pair in enumerate(pairs):
        pair_id = rng.id("pair", number)
        commands.append(form_pair(day, zoetermeer.municipality, office, pair_id=pair_id, members=pair))
    return commands, pairs


def recruit(rng: SeededRandom, figures: Figures, size: Size, pairs: list[tuple[UUID, ...]]) -> Iterator[Command]:
    """Yield week by week where pairs go, whom they find, and what becomes of them."""
    candidates = _draw_candidates(rng, figures, size)
    channels = iter(rng.shares(_CHANNELS, size.candidates))
    fates = iter(rng.shares(_FATES, size.candidates))
    backgrounds = iter(journey.draw_backgrounds(rng, size.candidates, obligated=False))
    for week, count in enumerate(_draw_weekly_counts(rng, size)):
        channels_of_week = [next(channels) for _ in range(count)]
        meetings = _draw_meetings(rng, figures, size.first_day + timedelta(weeks=week), channels_of_week, pairs)
        for meeting in meetings:
            reached = rng.between(*_REACH[meeting.channel])
            yield hold_outreach(figures.zoetermeer.municipality, meeting, reached)
        for channel in channels_of_week:
            meeting = rng.one_of(
                [candidate_meeting for candidate_meeting in meetings if candidate_meeting.channel is channel]
            )
            yield from _play_candidate(rng, next(candidates), meeting, next(fates), next(backgrounds))


def _play_candidate(
    rng: SeededRandom, person: Person, meeting: Meeting, fate: Fate, background: journey.Background
) -> Iterator[Command]:
    week_end = meeting.day + timedelta(days=DAYS_IN_WEEK - 1 - meeting.day.weekday())
    registered_on = min(meeting.day + timedelta(days=rng.between(0, 2)), week_end)
    yield give_contact(person, registered_on)
    yield register(person, registered_on, meeting)
    invited_on = rng.office_day(week_end, 1, 4)
    talk_on = rng.office_day(invited_on, 14, 24)
    if fate is Fate.WITHDRAWS_BEFORE_INTAKE:
        yield plan_talk(person, invited_on, talk_on)
        yield withdraw(person, talk_on - timedelta(days=3))
        return
    moved_to = rng.office_day(talk_on, 7, 14) if fate is Fate.SIGNS_AFTER_ANOTHER_TALK else None
    yield from journey.hold_talk_and_intake(
        rng, person, background, invited_on=invited_on, talk_on=talk_on, moved_to=moved_to
    )
    held_on = moved_to or talk_on
    if fate is Fate.WITHDRAWS_AFTER_INTAKE:
        yield withdraw(person, held_on + timedelta(days=rng.between(8, 20)))
    elif fate is not Fate.UNDECIDED:
        drafted_on = rng.office_day(held_on, 6, 12)
        signed_on = rng.office_day(drafted_on, 3, 14)
        yield from journey.draft_and_sign_plan(rng, person, drafted_on=drafted_on, signed_on=signed_on)


def _draw_candidates(rng: SeededRandom, figures: Figures, size: Size) -> Iterator[Person]:
    """Draw the candidates; every fourth has no e-mail address and gets letters."""
    for number, language in enumerate(journey.draw_languages(rng, size.candidates)):
        email = f"candidate-{number}@example.org" if number % 4 else None
        person_id = rng.id("candidate", number)
        yield Person(person_id, figures.zoetermeer.municipality, language, TargetGroup.VOLUNTARY, email)


def _draw_meetings(
    rng: SeededRandom,
    figures: Figures,
    monday: date,
    channels_of_week: list[OutreachChannel],
    pairs: list[tuple[UUID, ...]],
) -> list[Meeting]:
    """Draw this week's meetings: one for every channel of its candidates, and a few others."""
    others = [rng.one_of(figures.zoetermeer.channels) for _ in range(OUTREACHES_IN_WEEK_MIN)]
    channels = [*dict.fromkeys(channels_of_week), *others][: max(OUTREACHES_IN_WEEK_MIN, len(set(channels_of_week)))]
    week = (monday - date.min).days
    return [
        Meeting(
            id=rng.id("outreach", week, index),
            day=monday + timedelta(days=rng.between(*((4, 6) if channel is OutreachChannel.FESTIVITY else (0, 5)))),
            channel=channel,
            neighbourhood=rng.one_of(figures.zoetermeer.neighbourhoods).code,
            ambassador_ids=pair,
        )
        for index, (channel, pair) in enumerate(zip(channels, _draw_pairs(rng, pairs, len(channels)), strict=True))
    ]


def _draw_pairs(rng: SeededRandom, pairs: list[tuple[UUID, ...]], count: int) -> list[tuple[UUID, ...]]:
    return rng.some_of(pairs, count) if count <= len(pairs) else [rng.one_of(pairs) for _ in range(count)]


def _draw_weekly_counts(rng: SeededRandom, size: Size) -> list[int]:
    """Draw how many are found in each week: evenly, the remainder in drawn weeks."""
    base_count, remainder = divmod(size.candidates, size.recruiting_weeks)
    weeks_with_more = rng.some_of(range(size.recruiting_weeks), remainder)
    return [base_count + (week in weeks_with_more) for week in range(size.recruiting_weeks)]


def _group_in_pairs(ambassadors: list[UUID], pair_size: int) -> list[tuple[UUID, ...]]:
    pairs = [tuple(ambassadors[at : at + pair_size]) for at in range(0, len(ambassadors), pair_size)]
    if len(pairs) > 1 and len(pairs[-1]) < pair_size:
        pairs[-2:] = [pairs[-2] + pairs[-1]]
    return pairs
