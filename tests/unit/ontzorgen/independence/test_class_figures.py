"""People by class: no number below five can be read, nor derived from what is shown."""

from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.independence.rules.class_figures import (
    CLASSES,
    ClassCounts,
    ClassFigures,
    count_classes,
    sum_classes,
)

NAMES = ("not_self_reliant", "limited", "self_reliant", "not_measured")
COUNTS = st.tuples(*[st.integers(0, 12)] * 4).map(lambda parts: dict(zip(CLASSES, parts, strict=True)))


def counts(*parts: int) -> ClassCounts:
    return dict(zip(CLASSES, parts, strict=True))


def parts_of(figures: ClassFigures) -> list[int | None]:
    return [getattr(figures, name) for name in NAMES]


def test_where_one_class_is_too_small_all_are_left_out_and_below_five_people_nothing_is_shown() -> None:
    assert count_classes("gm0637", counts(5, 6, 0, 7)) == ClassFigures("gm0637", 18, 5, 6, 0, 7)
    assert count_classes("gm0637", counts(5, 6, 4, 7)) == ClassFigures("gm0637", 22)
    assert count_classes("gm0637", counts(1, 1, 1, 1)) == ClassFigures("gm0637", None)


def test_over_all_nothing_of_a_municipality_that_is_too_small_can_be_derived() -> None:
    shown = counts(10, 10, 10, 10)
    over_all, each = sum_classes({"gm0502": shown, "gm0518": counts(5, 6, 4, 7)})
    assert (over_all, each[1]) == (ClassFigures(None, 62), ClassFigures("gm0518", 22))
    assert sum_classes({"gm0502": shown, "gm0518": counts(1, 0, 0, 1)})[0] == ClassFigures(None, None)
    both = sum_classes({"gm0502": shown, "gm0518": counts(5, 6, 3, 7), "gm0779": counts(6, 5, 3, 7)})[0]
    assert both == ClassFigures(None, 82, 21, 21, 16, 24), "six of two municipalities are nobody in particular"


@given(st.dictionaries(st.sampled_from(["gm0001", "gm0002", "gm0003", "gm0004"]), COUNTS, min_size=1))
def test_what_is_over_after_subtraction_is_nothing_or_at_least_five(by_municipality: dict[str, ClassCounts]) -> None:
    over_all, each = sum_classes(by_municipality)
    for figures in (over_all, *each):
        assert all(part is None or part == 0 or part >= 5 for part in (figures.people, *parts_of(figures)))
    if over_all.shows_classes:
        for index, name in enumerate(NAMES):
            seen = sum(getattr(figures, name) for figures in each if figures.shows_classes)
            hidden = (parts_of(over_all)[index] or 0) - seen
            assert hidden == 0 or hidden >= 5
    if over_all.people is not None:
        hidden = over_all.people - sum(figures.people or 0 for figures in each)
        assert hidden == 0 or hidden >= 5
