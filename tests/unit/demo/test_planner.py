"""A season is decided by its seed, agrees with the sources' figures, and asks nothing of a service out of order."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.expectations import expect
from demo.figures import load_figures
from demo.planner import plan
from demo.progress import describe_season, format_minutes
from demo.rng import SeededRandom
from demo.story import Command, Season, Size, Step, Wave, whole_season

FIGURES = load_figures()
SEEDS = st.integers(min_value=0, max_value=2**32)
SHORT = Size(
    first_day=date(2026, 6, 15),
    weeks=5,
    recruiting_weeks=2,
    ambassadors=5,
    candidates=3,
    status_holders=4,
    late_plans=1,
    relief_from=date(2026, 7, 1),
    relief_months=6,
    pilot_households=2,
    pilots_from=date(2026, 7, 1),
    pilots_until=date(2026, 12, 31),
)


def steps_of(season: Season) -> dict[UUID, list[Command]]:
    people: dict[UUID, list[Command]] = {}
    for command in season.commands:
        people.setdefault(command.subject, []).append(command)
    return people


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_season_and_another_seed_another(seed: int) -> None:
    assert plan(seed) == plan(seed)
    assert plan(seed).commands != plan(seed + 1).commands


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_the_totals_are_those_of_the_sources_whatever_the_seed(seed: int) -> None:
    expected = expect(plan(seed))
    assert (expected.ambassadors, expected.candidates, expected.households_in_relief) == (23, 61, 35)
    assert expected.candidates == sum(expected.candidates_by_channel.values())
    assert set(expected.candidates_by_channel) == {str(channel) for channel in FIGURES.zoetermeer.channels}
    assert expected.months_run == 35 * 6
    assert expected.deadlines_missed == 3
    assert expected.households_falling_short >= 2
    assert 0 < expected.signed_plans_recruited < expected.candidates
    assert expected.withdrawn > 0


def test_the_sources_sixteen_neighbourhoods_add_up() -> None:
    neighbourhoods = FIGURES.leeuwarden.neighbourhoods
    assert len(neighbourhoods) == 16
    assert sum(neighbourhood.obligated for neighbourhood in neighbourhoods) == 4651
    assert sum(neighbourhood.needs_but_not_obligated for neighbourhood in neighbourhoods) == 4646


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_each_persons_commands_come_in_the_order_of_their_days(seed: int) -> None:
    order = list(Step)
    for commands in steps_of(plan(seed)).values():
        assert [command.day for command in commands] == sorted(command.day for command in commands)
        ways = [
            command
            for command in commands
            if command.step in (Step.TALK, Step.PARTS, Step.INTAKE, Step.PLAN, Step.SIGNATURE)
        ]
        assert [order.index(command.step) for command in ways] == sorted(order.index(command.step) for command in ways)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_what_depends_on_an_event_is_asked_in_a_later_wave_than_what_causes_it(seed: int) -> None:
    published_in: dict[tuple[UUID, Step], tuple[int, int]] = {}
    for week in plan(seed).weeks:
        for wave_number, command in (
            (wave_number, command) for wave_number, wave in enumerate(week.waves) for command in wave
        ):
            here, person = (week.number, wave_number), command.subject
            if command.step in (Step.CANDIDATE, Step.SIGNATURE):
                published_in[person, command.step] = here
            if command.service == "intake":
                assert published_in.get((person, Step.CANDIDATE), (0, 0)) < here
            if command.wave is Wave.MONEY and command.step is not Step.MEETING:  # which is about no household
                assert published_in[person, Step.SIGNATURE] < here


def test_a_plan_takes_its_route_from_the_rules_of_intake() -> None:
    drafts = [command for command in plan(2010).commands if command.step is Step.PLAN]
    assert drafts
    assert all(
        "route" not in command.body and command.recall["route"] == (Step.INTAKE, "decided_route") for command in drafts
    )


def test_a_season_that_ends_early_asks_nothing_after_its_last_day_and_expects_only_what_was_asked() -> None:
    season = plan(7, size=SHORT)
    assert all(command.day <= SHORT.last_day for command in season.commands)
    expected = expect(season)
    assert expected.months_run == expected.households_in_relief  # July alone
    assert expected.deadlines_missed == 0  # the ten weeks end in September
    assert "nl.meedoen.ontzorgen.relief-ended.v1" not in expected.events_by_type


@pytest.mark.parametrize(("days_later", "ended"), [(0, 35), (2, 35), (3, 0)])
def test_relief_is_over_on_the_first_day_after_its_six_months(days_later: int, ended: int) -> None:
    full_size = whole_season(FIGURES)  # ends on Sunday 3 January
    later = replace(full_size, relief_from=full_size.relief_from + timedelta(days=days_later), pilot_households=0)
    assert expect(plan(1, size=later)).events_by_type.get("nl.meedoen.ontzorgen.relief-ended.v1", 0) == ended


@given(
    count=st.integers(min_value=0, max_value=200),
    weights=st.dictionaries(st.text(min_size=1), st.integers(min_value=1, max_value=99), min_size=1, max_size=9),
)
def test_shares_deal_out_exactly_the_count_in_proportion(count: int, weights: dict[str, int]) -> None:
    dealt = SeededRandom(1).shares(weights, count)
    assert len(dealt) == count
    total = sum(weights.values())
    assert all(abs(dealt.count(value) - count * weight / total) < 1 for value, weight in weights.items())


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_what_sets_the_pilots_apart_is_in_the_plan_whatever_the_seed(seed: int) -> None:
    pilots = expect(plan(seed)).pilots
    capelle, den_haag, dongemond, edam, drechtsteden = (
        pilots[code] for code in ("gm0502", "gm0518", "gm0779", "gm0385", "gm0531")
    )
    assert (capelle.households, capelle.extended, capelle.phased_out) == (6, 2, 2)
    assert capelle.months_run == 6 * 6 + 2 * 2  # two of the six more months fall within the year
    assert den_haag.discount_cents > 0
    assert den_haag.coaching_minutes == 4 * 6 * 90
    assert den_haag.payments_refused == 1
    assert dongemond.loans_cents > dongemond.repaid_cents > 0
    assert edam.shortfalls_found == edam.shortfalls_resolved == 2
    assert drechtsteden.extra_charges > dongemond.extra_charges > 0 == pilots["gm0637"].extra_charges
    assert pilots["gm0637"].grants_cents == pilots["gm0637"].coaching_minutes == 0


def test_the_first_screen_says_how_much_is_played_how_long_it_takes_and_what_disk_it_needs() -> None:
    full_season, short = plan(2010), plan(2010, size=SHORT)
    sentence = describe_season(full_season, None)
    assert f"{len(full_season.commands):,} requests in {len(full_season.municipalities)} municipalities" in sentence
    assert "about 1½ minutes on two cores" in sentence
    assert sentence.endswith("MiB of disk, removed at the end.")
    assert "35 days" in describe_season(short, Path("kept"))
    assert "half a minute" in describe_season(short, Path("kept"))
    assert describe_season(short, Path("kept")).endswith("kept in kept.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "about half a minute"), (31, "about 1 minute"), (61, "about 1½ minutes"), (120, "about 2 minutes")],
)
def test_a_duration_is_said_to_the_next_half_minute(seconds: float, words: str) -> None:
    assert format_minutes(seconds) == words
