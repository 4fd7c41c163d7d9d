"""Names of people: their normal form, what is refused, and by what they are found. All names are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.people.names import NotAName, initials, read_name, search_key

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.characters(
    min_codepoint=0x20000, max_codepoint=0x323AF, exclude_categories=[]
)


@given(st.text(HAN, min_size=1, max_size=50))
def test_any_characters_are_kept(name: str) -> None:
    assert read_name(name) == name


@given(st.text(max_size=60))
def test_any_text_is_read_once_for_all_or_refused(text: str) -> None:
    try:
        name = read_name(text)
    except NotAName:
        return
    assert 1 <= len(name) <= 50
    assert read_name(name) == name
    assert all("A" <= letter <= "Z" for letter in initials(name))


@pytest.mark.parametrize("dot", "·・•‧.．⋅･")
def test_dots_between_characters_become_one(dot: str) -> None:
    assert read_name(f"帕孜丽娅{dot}乌拉木") == "帕孜丽娅·乌拉木"
    assert read_name(f"帕孜丽娅 {dot} 乌拉木") == "帕孜丽娅·乌拉木"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 林　晓禾 ", "林晓禾"),
        ("赵  一", "赵一"),
        ("林\n晓", "林晓"),  # a line break from a cell of a spreadsheet
        ("Anna-Marie  O'Hara Jr.", "Anna-Marie O'Hara Jr."),
        ("Ｌｉｎ Ｘｉａｏ", "Lin Xiao"),
        ("𠅤𡘉", "𠅤𡘉"),
        ("葛󠄀晓禾", "葛󠄀晓禾"),
        ("Nguyễn Thị Lan", "Nguyễn Thị Lan"),
    ],
)
def test_normal_forms(text: str, name: str) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "found 0"),
        ("林" * 51, "found 51"),
        ("林\u0000晓", "U\\+0000"),
        ("林晓3", "U\\+0033"),
        ("林\ue000", "U\\+E000"),
        ("林<晓>", "U\\+003C"),
        ("林\u202e晓", "U\\+202E"),
        ("···", "only signs"),
    ],
)
def test_no_names(text: str, says: str) -> None:
    with pytest.raises(NotAName, match=says):
        read_name(text)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("林晓禾", "LXH"),
        ("单小满", "SXM"),
        ("曾一鸣", "ZYM"),
        ("尉迟安", "YCA"),
        ("帕孜丽娅·乌拉木", "PZLYWLM"),
        ("Anna-Marie O'Hara", "AMO"),
        ("林\U0003134a", "L"),
    ],
)
def test_initials(name: str, found: str) -> None:
    assert initials(name) == found


def test_names_are_compared_without_signs_and_case() -> None:
    assert search_key("帕孜丽娅·乌拉木") == search_key("帕孜丽娅 乌拉木") == "帕孜丽娅乌拉木"
    assert search_key("O'Hara, Anna") == "oharaanna"
