from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.brief import Brief
from aftertone.practice.campaign import FOLLOW_UPS, campaigns

MONDAY = datetime(2026, 4, 6, 9, 30)


def calls(folder: Path, *rows: str) -> Path:
    table = "file_name,recipient,caller,recorded_at,playbook,attempt\n" + "\n".join(rows)
    (folder / "metadata.csv").write_text(table)
    for row in rows:
        (folder / row.split(",")[0]).touch()
    return folder


def test_messages_are_in_order_of_time_with_the_hours_between_them(tmp_path: Path) -> None:
    calls(
        tmp_path,
        "c.wav,Mary,Ann,2026-04-09T16:10,,",
        "a.wav,Mary,Ann,2026-04-06T09:30,,",
        "b.wav,mary,ann,2026-04-07T10:20,,",
    )
    (campaign,) = campaigns(tmp_path)
    assert (campaign.caller, campaign.recipient) == ("Ann", "Mary")
    assert [path.name for path in campaign.paths] == ["a.wav", "b.wav", "c.wav"]
    first, second, third = campaign.messages
    assert [m.attempt for m in campaign.messages] == [1, 2, 3]
    assert [m.playbook for m in campaign.messages] == list(FOLLOW_UPS)
    assert first.after_h is None
    assert second.after_h == pytest.approx(24 + 50 / 60)
    assert third.after_h == pytest.approx(48 + 5 + 50 / 60)
    assert [m.another_time for m in campaign.messages] == [None, False, True]
    assert not any(m.too_many for m in campaign.messages)
    assert campaign.briefs[third.path].earlier_at == (MONDAY, datetime(2026, 4, 7, 10, 20))


def test_order_and_hours_use_instants_and_the_part_of_the_day_uses_local_time(tmp_path: Path) -> None:
    calls(
        tmp_path,
        "paris.wav,Mary,Ann,2026-04-06T16:30+02:00,,",  # 14:30 in UTC
        "denver.wav,Mary,Ann,2026-04-06T09:00-06:00,,",  # 15:00
        "london.wav,Mary,Ann,2026-04-06T14:00Z,,",
    )
    (campaign,) = campaigns(tmp_path)
    assert [path.name for path in campaign.paths] == ["london.wav", "paris.wav", "denver.wav"]
    assert [m.after_h for m in campaign.messages] == [None, 0.5, 0.5]
    assert [m.another_time for m in campaign.messages] == [None, False, True]
    messages = campaign.to_dict()["messages"]
    assert [each["recorded_at"] for each in messages] == [
        "2026-04-06T14:00:00+00:00",
        "2026-04-06T16:30:00+02:00",
        "2026-04-06T09:00:00-06:00",
    ]


def test_local_times_are_compared_if_one_time_has_no_offset(tmp_path: Path) -> None:
    calls(
        tmp_path,
        "a.wav,Mary,Ann,2026-04-06T12:00+02:00,,",
        "b.wav,Mary,Ann,2026-04-06T11:00,,",
        "c.wav,Mary,Ann,2026-04-06T11:30-05:00,,",
    )
    (campaign,) = campaigns(tmp_path)
    assert [path.name for path in campaign.paths] == ["b.wav", "c.wav", "a.wav"]
    assert [m.after_h for m in campaign.messages] == [None, 0.5, 0.5]


# ── what each should follow ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("named", "followed", "too_many"),
    [
        ([None], ["general"], 0),
        (["general"], ["general"], 0),
        (["known-contact"], ["known-contact"], 0),
        ([None] * 2, ["follow-up-1", "follow-up-2"], 0),
        (["general"] * 2, ["follow-up-1", "follow-up-2"], 0),
        (["follow-up-3"] * 5, ["follow-up-1", "follow-up-2", *["follow-up-3"] * 3], 2),
        (["follow-up-1", None, None], list(FOLLOW_UPS), 0),
        (["cold-prospect"] * 4, ["cold-prospect"] * 4, 0),
        (["cold-prospect", None], ["cold-prospect"] * 2, 0),
        ([None, "collections", None], ["collections"] * 3, 1),
        (["collections"] * 2, ["collections"] * 2, 0),
        (["sales-appointment"] * 2, ["sales-appointment"] * 2, 1),
        (["mine.toml"] * 9, ["mine.toml"] * 9, 0),
    ],
)
def test_the_playbook_that_each_message_should_follow(
    tmp_path: Path, named: list[str | None], followed: list[str], too_many: int
) -> None:
    calls(
        tmp_path, *(f"{i}.wav,Mary,Ann,2026-04-0{i + 1}T10:00,{name or ''}," for i, name in enumerate(named))
    )
    (campaign,) = campaigns(tmp_path)
    assert [m.playbook for m in campaign.messages] == followed
    assert [m.named for m in campaign.messages] == named
    assert sum(m.too_many for m in campaign.messages) == too_many
    assert [m.too_many for m in campaign.messages] == sorted(m.too_many for m in campaign.messages)


def test_messages_are_counted_from_the_attempt_of_the_brief(tmp_path: Path) -> None:
    calls(tmp_path, "a.wav,Mary,Ann,2026-04-06T09:30,collections,2", "b.wav,Mary,Ann,2026-04-07T09:30,,")
    (campaign,) = campaigns(tmp_path)
    assert [(m.attempt, m.too_many) for m in campaign.messages] == [(2, False), (3, True)]


def test_a_single_second_message_follows_the_second_playbook(tmp_path: Path) -> None:
    calls(tmp_path, "a.wav,Mary,,,,2")
    (campaign,) = campaigns(tmp_path)
    assert campaign.messages[0].playbook == "follow-up-2"


# ── who ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("callers", "counts"),
    [
        (["Ann", "Ann"], [2]),
        (["Ann", " ANN "], [2]),
        (["Ann", "Bob"], [1, 1]),
        (["Ann", ""], [2]),
        (["", ""], [2]),
        (["Ann Lee", "Ann", ""], [3]),
        (["Ann Lee", "Ann Day", "Ann"], [1, 1, 1]),
        (["Ann Lee", "Bob", ""], [1, 1, 1]),
        (["Ann", "Anna"], [1, 1]),
    ],
)
def test_names_of_the_same_caller_are_joined(tmp_path: Path, callers: list[str], counts: list[int]) -> None:
    calls(tmp_path, *(f"{i}.wav,Mary,{caller},,," for i, caller in enumerate(callers)))
    assert sorted((len(campaign.messages) for campaign in campaigns(tmp_path)), reverse=True) == counts


def test_each_recipient_is_a_campaign(tmp_path: Path) -> None:
    calls(tmp_path, "a.wav,Mary,Ann,,,", "b.wav,Joe,Ann,,,", "c.wav,Mary Jones,Ann,,,")
    assert [campaign.recipient for campaign in campaigns(tmp_path)] == ["Joe", "Mary", "Mary Jones"]


def test_recordings_without_a_campaign_are_reported(tmp_path: Path) -> None:
    calls(tmp_path, "a.wav,Mary,Ann,noon,,", "b.wav,,Ann,,,", "c.wav,Mary,Ann,,,")
    reasons: dict[str, str] = {}
    (campaign,) = campaigns(tmp_path, left_out=lambda path, reason: reasons.update({path.name: reason}))
    assert [path.name for path in campaign.paths] == ["c.wav"]
    assert "'noon', expected a date and a time" in reasons["a.wav"]
    assert "names no recipient" in reasons["b.wav"]
    (all_of_them,) = campaigns(tmp_path / "b.wav", brief=Brief(recipient="Mary"))
    assert all_of_them.caller == "Ann"


def test_unknown_values_are_none_in_the_plain_values(tmp_path: Path) -> None:
    calls(tmp_path, "a.wav,Mary,,,,", "b.wav,Mary,,,,")
    (campaign,) = campaigns(tmp_path)
    page = campaign.to_dict()
    assert page["caller"] is None
    assert [message["after_h"] for message in page["messages"]] == [None, None]
    assert [message["another_time"] for message in page["messages"]] == [None, None]


# ── whatever the times are ───────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 60 * 24 * 30), min_size=1, max_size=8, unique=True))
def test_messages_are_in_order_of_time_and_the_gaps_add_up(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("calls")
    times = [MONDAY + timedelta(minutes=each) for each in minutes]
    calls(folder, *(f"{i}.wav,Mary,Ann,{at.isoformat()},," for i, at in enumerate(times)))
    (campaign,) = campaigns(folder)
    assert [m.brief.recorded_at for m in campaign.messages] == sorted(times)
    gaps = [m.after_h for m in campaign.messages[1:]]
    assert sum(gap or 0 for gap in gaps) == pytest.approx((max(times) - min(times)).total_seconds() / 3600)
    assert [len(m.brief.earlier_at) for m in campaign.messages] == list(range(len(times)))
