"""Each pilot plays a household through what it does otherwise than Zoetermeer; under another policy no act is the same.

The swap is the proof: the same play, in the same municipality, with the default's policy file or Zoetermeer's in the
place of its own, must differ in every act. A play that a swapped policy passes shows nothing of the pilot.
"""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pilot_plays import (
    Acts,
    Play,
    move_in,
    play_capelle,
    play_den_haag,
    play_dongemond,
    play_drechtsteden,
    play_edam_volendam,
    play_zoetermeer,
)

import services.ontzorgen.policies
from shared.identity import Role
from shared.testing.running_service import RunningService

POLICIES = Path(services.ontzorgen.policies.__file__).parent
PLAYS: dict[str, Callable[[Play], Awaitable[Acts]]] = {
    "gm0502": play_capelle,
    "gm0518": play_den_haag,
    "gm0779": play_dongemond,
    "gm0385": play_edam_volendam,
    "gm0531": play_drechtsteden,
    "gm0637": play_zoetermeer,
}
ALL_OTHERS = [
    *("childcare", "contents_insurance", "internet", "liability_insurance", "other", "telephone", "travel", "tv"),
]
OF_DEN_HAAG = ["contents_insurance", "internet", "liability_insurance", "telephone", "tv"]
DRECHTSTEDEN: Acts = {
    "withheld beside the law's": [ALL_OTHERS] * 6,
    "times that money comes": [4, 5, 4, 4, 5, 4],
    "measured again": ["adult_child", "partner", "person"],
    "three decide on monthly money": (False, [4, 5, 4, 4, 1, 1]),
    "a coach for up to a year": "2027-09-09",
    "all come back to the course": [True, True, True],
    "let go": ["creditors_informed", "monthly_money", "pays_together", "direct_debit_set_up", "pays_alone"],
}
SEEN: dict[str, Acts] = {
    "gm0502": {
        "withheld beside the law's": [ALL_OTHERS] * 6,
        "measured again": ([], ["partner", "person"]),
        "the other one is still to be measured": (["person"], ["partner", "person"]),
        "the course is taken by one of them": (["person"], True),
        "let go": ["creditors_informed", "pays_together", "pays_alone"],
        "guides are paid once": (["nobody in particular"], 4_375, True, []),
        "who may guide": True,
    },
    "gm0518": {
        "the package follows who manages least": ([[]], [OF_DEN_HAAG]),
        "the second lesson is missed": (
            [
                (2, "2026-10-26", "bibliotheek-west", False),
                (2, "2026-11-04", "buurthuis-zuid", True),
            ],
            ["person"],
        ),
        "it is made up in the other group": ((3, "2026-11-16", "bibliotheek-west", False), []),
        "and the others follow": [4, 5, 6, 7, 8, None],
        "coaching": True,
    },
    "gm0779": {
        "withheld beside the law's": [["contents_insurance", "liability_insurance"]] * 6,
        "childcare is applied for": ("2026-11-02", [], ["person"]),
        "and granted": (True, []),
        "the board is heard": (
            ["nobody in particular"],
            [("helps", 6, 1, 0), ("relieves", 5, 4, 1), ("done_well", 8, 0, 0)],
            [],
        ),
        "suppliers call first": "recorded",
        "let go": ["creditors_informed", "direct_debit_set_up", "pays_alone"],
    },
    "gm0385": {
        "for which months": [["2026-09", "2026-10"], ["2026-11"], ["2026-12"], ["2027-01"], ["2027-02"], []],
        "bridged": -8_000,
        "debits follow the benefit": True,
        "arrears are signalled": ["nobody in particular"],
    },
    "gm0531": DRECHTSTEDEN,
    "gm0637": {"courses": [True, True], "who may guide": True},
}
PILOTS = [
    pytest.param("gm0502", marks=pytest.mark.row("pilot-ontzorgen-capelle-aan-den-ijssel")),
    pytest.param("gm0518", marks=pytest.mark.row("pilot-ontzorgen-den-haag")),
    pytest.param("gm0779", marks=pytest.mark.row("pilot-ontzorgen-geertruidenberg")),
    pytest.param("gm0385", marks=pytest.mark.row("pilot-ontzorgen-edam-volendam")),
    pytest.param("gm0531", marks=pytest.mark.row("pilot-ontzorgen-hendrik-ido-ambacht")),
    pytest.param("gm0637", marks=pytest.mark.row("pilot-ontzorgen-zoetermeer")),
]
SWAPS = [(code, policy) for code in PLAYS for policy in ("default", "gm0637") if code != policy]
ClientFor = Callable[..., Awaitable[RunningService]]


async def see(client_for: ClientFor, code: str, play: Callable[[Play], Awaitable[Acts]], folder: Path | None) -> Acts:
    """What a play shows in a municipality, with a folder of policy files in the place of the shipped ones."""
    chosen = {"municipalities": (code, "gm0080"), "policies_folder": folder}
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, code, **chosen)
    return await play(await move_in(service, code))


@pytest.mark.parametrize("code", PILOTS)
async def test_a_pilot_does_what_sets_it_apart(client_for: ClientFor, code: str) -> None:
    assert await see(client_for, code, PLAYS[code], None) == SEEN[code]


@pytest.mark.parametrize(("code", "policy"), SWAPS)
async def test_no_act_of_a_pilot_is_the_same_under_another_policy(
    client_for: ClientFor, tmp_path: Path, code: str, policy: str
) -> None:
    other = re.sub(r"(?m)^names = .*$", "", (POLICIES / f"{policy}.toml").read_text())
    (tmp_path / f"{code}.toml").write_text(other)
    acts = await see(client_for, code, PLAYS[code], tmp_path)
    assert set(acts) == set(SEEN[code])
    assert [act for act, seen in acts.items() if seen == SEEN[code][act]] == []


@pytest.mark.parametrize("code", ["gm0482", "gm0505", "gm0523", "gm0590", "gm0610", "gm0642"])
async def test_every_town_of_drechtsteden_does_as_the_others(client_for: ClientFor, code: str) -> None:
    assert await see(client_for, code, play_drechtsteden, None) == DRECHTSTEDEN
