"""Version numbers: what a change demands, in cases worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from standpoint.core.model import StandpointError
from standpoint.core.project import VersionNumber, parse_version
from standpoint.release.changes import Bump
from standpoint.release.versions import next_version, refuse_small_number


@pytest.mark.parametrize(
    "before, bump, needed",
    [
        ("1.4.2", Bump.PATCH, "1.4.3"),
        ("1.4.2", Bump.MINOR, "1.5.0"),
        ("1.4.2", Bump.MAJOR, "2.0.0"),
        ("0.1.0", Bump.PATCH, "0.1.1"),
        ("0.1.0", Bump.MINOR, "0.2.0"),
        ("0.1.0", Bump.MAJOR, "0.2.0"),  # below 1.0.0 the second number says it
        ("0.9.9", Bump.MAJOR, "0.10.0"),
    ],
)
def test_the_least_number_that_may_follow(before, bump, needed):
    assert str(next_version(parse_version(before), bump)) == needed


@pytest.mark.parametrize(
    "after, bump, words",
    [
        ("1.4.3", Bump.MINOR, "the changes since 1.4.2 are MINOR"),
        ("1.9.0", Bump.MAJOR, "the changes since 1.4.2 are MAJOR"),
        ("1.4.2", Bump.PATCH, "1.4.2 is already released"),
        ("1.3.9", Bump.PATCH, "1.4.2 is already released"),
    ],
)
def test_a_smaller_number_is_refused(after, bump, words):
    with pytest.raises(StandpointError, match=words):
        refuse_small_number(parse_version("1.4.2"), parse_version(after), bump)


@pytest.mark.parametrize("text", ["1.0", "01.0.0", "1.0.0-rc1", "vv1.0.0", "", "١.0.0", "1.0.0\n"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(StandpointError, match="MAJOR.MINOR.PATCH"):
        parse_version(text)


NUMBERS = some.builds(lambda *parts: VersionNumber(".".join(map(str, parts))), *[some.integers(0, 30)] * 3)


@given(NUMBERS, some.sampled_from(Bump))
def test_what_is_demanded_is_greater_and_grows_with_the_bump(before, bump):
    assert before < next_version(before, bump) <= next_version(before, Bump.MAJOR)
    refuse_small_number(before, next_version(before, bump), bump)
    assert parse_version(next_version(before, bump).tag) == next_version(before, bump)
