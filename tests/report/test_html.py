from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.errors import AudioEmptyError
from aftertone.measurements.wording import WordMeasures
from aftertone.playbook import Playbook, load_playbook
from aftertone.report import Summary, waveform_figure, write_report
from aftertone.report import html as html_module
from aftertone.report.html import encode_mp3, html_report, target_range
from aftertone.report.table import table_row
from tests.browser import SAMPLES, chromium, faults, page_data, sample_outcome, truth

HARM = "</script><script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>"
NAMES = ("full_of_fillers", "dentist_callback", "monotone", "hang_up")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def sample_outcomes() -> list[at.Outcome]:
    return [sample_outcome(name) for name in NAMES]


@pytest.fixture(scope="module")
def message_page(sample_outcomes: list[at.Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "message.html"
    write_report(sample_outcomes[:1], path)
    return path


@pytest.fixture(scope="module")
def folder_page(sample_outcomes: list[at.Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "folder.html"
    deep = Path("a_folder_of_a_long_name_without_any_break/and_another_of_the_same_kind_in_it/empty.wav")
    empty = at.Outcome(deep, error=AudioEmptyError("empty.wav: no bytes"))
    write_report([*sample_outcomes, empty], path)
    return path


class Watched:
    """A page that records its requests and the messages on its console."""

    def __init__(self, browser: Any, path: Path, fragment: str = "", **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri() + fragment)

    @property
    def beyond_itself(self) -> list[str]:
        return [url for url in self.requests[1:] if not url.startswith(("data:", "blob:"))]


# ── one message ──────────────────────────────────────────────────────────────────────────────────────


def test_a_message_opens_from_disk_and_draws_its_waveform(
    browser: Any, message_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    watched = Watched(browser, message_page)
    watched.page.wait_for_function(
        """() => [...(document.querySelector('.wave > div')?.shadowRoot?.querySelectorAll('canvas') ?? [])]
        .some(canvas => canvas.width && canvas.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte))"""
    )
    assert watched.beyond_itself == []
    assert watched.complaints == []
    review = sample_outcomes[0].review
    assert review is not None
    assert watched.page.inner_text(".score") == f"{review.score.points:.0f} of 100"
    watched.page.close()


def test_a_click_on_a_filler_plays_there_and_stops_after_it(browser: Any, message_page: Path) -> None:
    fillers = [word for word in truth("full_of_fillers")["words"] if word["text"] in ("um", "uh")]
    third = fillers[2]
    page = Watched(browser, message_page).page
    page.evaluate(
        """() => { window.heard = []; const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () { window.heard.push(this.currentTime);
        window.sound = this; return play.call(this); }; }"""
    )
    page.locator("[aria-label^='Fillers: ']").nth(2).click()
    page.wait_for_function("() => window.sound && window.sound.currentTime > 0 && window.sound.paused")
    assert page.evaluate("window.heard[0]") == pytest.approx(third["start_s"] - 0.15, abs=0.1)
    assert page.evaluate("window.sound.currentTime") == pytest.approx(third["end_s"] + 0.15, abs=0.2)
    assert page.evaluate("window.sound.duration") == pytest.approx(
        truth("full_of_fillers")["duration_s"], abs=0.1
    )
    page.close()


def test_the_keyboard_reaches_and_plays_the_evidence(browser: Any, message_page: Path) -> None:
    page = Watched(browser, message_page).page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "evidence":
            break
    start_s = float(page.evaluate("document.activeElement.dataset.start"))
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.play').textContent.includes('Pause')")
    assert float(page.input_value(".controls input")) == pytest.approx(start_s, abs=0.4)
    page.close()


def test_every_rule_says_its_verdict_and_a_missed_one_what_to_do(
    browser: Any, message_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    page = Watched(browser, message_page).page
    shown = page.inner_text("main")
    for finding in review.findings:
        assert re.search(rf"{finding.verdict}\s+{re.escape(finding.title)}", shown)
        assert finding.advice in shown
    assert page.locator(".rules li").count() == len(review.findings)
    page.close()


def test_the_words_run_under_the_waveform_at_their_times(browser: Any, message_page: Path) -> None:
    words = truth("full_of_fillers")["words"]
    page = Watched(browser, message_page).page
    places = page.evaluate(
        """() => [...document.querySelectorAll('.words span')].map(span =>
        [span.textContent, parseFloat(span.style.left)])"""
    )
    assert [text for text, _ in places] == [word["text"] for word in words]
    total_s = truth("full_of_fillers")["duration_s"]
    np.testing.assert_allclose(
        [place for _, place in places], [100 * word["start_s"] / total_s for word in words], atol=0.1
    )
    page.close()


def test_a_message_prints_on_two_pages(browser: Any, message_page: Path) -> None:
    page = Watched(browser, message_page).page
    printed = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_no_serious_fault(
    browser: Any, message_page: Path, folder_page: Path, scheme: str, width: int
) -> None:
    for path in (message_page, folder_page):
        page = Watched(
            browser, path, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
        ).page  # axe is a script that the policy would refuse
        page.wait_for_timeout(300)
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_without_sound_a_mark_moves_the_cursor(
    browser: Any, sample_outcomes: list[at.Outcome], tmp_path: Path
) -> None:
    write_report(sample_outcomes[:1], tmp_path / "quiet.html", audio=False)
    assert "data:audio" not in (tmp_path / "quiet.html").read_text()
    watched = Watched(browser, tmp_path / "quiet.html")
    watched.page.click(".mark.filler >> nth=1")
    start_s = float(watched.page.get_attribute(".mark.filler >> nth=1", "data-start"))
    assert float(watched.page.input_value(".controls input")) == pytest.approx(start_s, abs=0.06)
    assert "sound was left out" in watched.page.inner_text("main")
    assert watched.complaints == []
    watched.page.close()


def test_a_missing_recording_is_shown_without_its_waveform(
    browser: Any, review: at.Review, tmp_path: Path
) -> None:
    write_report([at.Outcome(Path("gone.wav"), review)], tmp_path / "gone.html")
    watched = Watched(browser, tmp_path / "gone.html")
    assert "waveform is not shown" in watched.page.inner_text("main")
    assert watched.page.locator(".rules li").count() == len(review.findings)
    assert watched.complaints == []
    watched.page.close()


# ── a folder ─────────────────────────────────────────────────────────────────────────────────────────


def visible_names(page: Any) -> list[str]:
    rows = page.locator("#table tbody tr:not([hidden]) th")
    return [str(text).removesuffix(".flac") for text in rows.all_inner_texts()]


def test_the_table_sorts_by_each_column_and_unknowns_come_last(browser: Any, folder_page: Path) -> None:
    watched = Watched(browser, folder_page)
    page = watched.page
    assert visible_names(page)[:3] == ["full_of_fillers", "dentist_callback", "monotone"]
    page.click("thead th:nth-child(2) button")
    assert page.get_attribute("thead th:nth-child(2)", "aria-sort") == "ascending"
    points = [
        int(text.split()[0])
        for text in page.locator("tbody td:nth-child(2)").all_inner_texts()
        if text != "–"
    ]
    assert points == sorted(points)
    assert visible_names(page)[-1] == "hang_up.wav"  # nobody speaks
    page.click("thead th:nth-child(2) button")
    points = [
        int(text.split()[0])
        for text in page.locator("tbody td:nth-child(2)").all_inner_texts()
        if text != "–"
    ]
    assert points == sorted(points, reverse=True)
    assert visible_names(page)[-1] == "hang_up.wav"
    page.click("thead th:nth-child(1) button")
    assert visible_names(page) == sorted(visible_names(page))
    assert watched.beyond_itself == []
    assert watched.complaints == []
    page.close()


def test_a_score_with_its_margin_does_not_wrap(browser: Any, folder_page: Path) -> None:
    page = Watched(browser, folder_page, viewport={"width": 390, "height": 800}).page
    height = "cell => cell.getBoundingClientRect().height"
    cell = page.locator("#table td").first
    page.evaluate("cell => { cell.textContent = '8'; }", cell.element_handle())
    one_line = cell.evaluate(height)
    page.evaluate("cell => { cell.textContent = '98 ± 3'; }", cell.element_handle())
    assert cell.evaluate(height) == one_line
    assert cell.evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"
    page.close()


def test_the_table_filters_by_text_and_by_missed_rule(
    browser: Any, folder_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    page = Watched(browser, folder_page).page
    page.fill("#find", "Dentist")
    assert visible_names(page) == ["dentist_callback"]
    assert page.inner_text("#shown") == "1 shown"
    page.fill("#find", "")
    page.select_option("#missed", "no-fillers")
    missed = [
        outcome.path.stem
        for outcome in sample_outcomes
        if outcome.review
        and any(f.rule == "no-fillers" and f.verdict == "missed" for f in outcome.review.findings)
    ]
    assert missed
    assert visible_names(page) == missed
    page.close()


def test_a_row_opens_its_message_and_back_leads_to_the_table(browser: Any, folder_page: Path) -> None:
    page = Watched(browser, folder_page).page
    page.click("text=monotone.flac")
    page.wait_for_selector(".review h2")
    assert page.inner_text(".review h2") == "monotone.flac"
    assert "flat stretches shaded" in page.inner_text(".contour.pitch")
    assert not page.is_visible("#table")
    page.evaluate("history.back()")  # go_back would wait for a load that a fragment never has
    page.wait_for_selector("#table")
    assert not page.is_visible(".review")
    page.close()


def test_a_folder_page_shows_distributions_and_failures(
    browser: Any, folder_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    page = Watched(browser, folder_page).page
    spoken = [each.review for each in sample_outcomes if each.review and each.review.score.points is not None]
    points = [review.score.points or 0 for review in spoken]
    assert f"median {median(points):.0f} of 100" in page.inner_text("header")
    cards = page.locator(".card figcaption").all_inner_texts()
    rates = [review.measurements.rate.words_per_min or 0 for review in spoken]
    within = sum(100 <= rate <= 165 for rate in rates)
    assert 0 < within < len(rates)
    told = f"{within} of {len(rates)} within the target, 100 to 165 words a minute"
    assert any(re.fullmatch(rf"Pace: median \d+ words a minute; {told}", card) for card in cards)
    assert "/empty.wav: empty.wav: no bytes" in page.inner_text("#failures")
    page.close()


# ── what anybody may have written ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [1, 2])
def test_markup_and_scripts_are_shown_as_text(
    browser: Any, review_of: Callable[..., at.Review], tmp_path: Path, count: int
) -> None:
    review = review_of(HARM)
    words = at.Transcript((at.Word(HARM, 0.5, 0.9), at.Word("<b>hi</b>", 1.0, 1.2)), engine=HARM)
    finding = replace(review.findings[0], title=HARM, advice=HARM, evidence=(at.Span(0.5, 0.9, HARM),))
    path = SAMPLES / truth("hang_up")["file"]
    harmful = replace(review, transcript=words, findings=(finding, *review.findings[1:]))
    failed = at.Outcome(Path(HARM), error=AudioEmptyError(HARM))
    write_report([at.Outcome(path, harmful)] * count + [failed] * (count - 1), tmp_path / "harm.html")
    watched = Watched(browser, tmp_path / "harm.html", "#message-0")
    watched.page.wait_for_selector(".transcript")
    assert HARM in watched.page.inner_text(".transcript")
    assert watched.page.locator("b, img").count() == 0
    assert watched.page.evaluate("window.harmed") is None
    assert watched.beyond_itself == []
    assert watched.complaints == []
    watched.page.close()


def test_the_policy_allows_only_what_the_page_contains(message_page: Path) -> None:
    text = message_page.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]
    nonce = re.search(r"script-src &#39;nonce-([\w-]+)&#39;", policy[1])
    assert nonce is not None
    scripts = re.findall(r"<script ([^>]*)>", text)
    assert all(f'nonce="{nonce[1]}"' in s or 'type="application/json"' in s for s in scripts)
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text.split("<script nonce")[0])
    assert "Redistribution and use in source and binary forms" in text  # wavesurfer's licence goes along


# ── without a browser ────────────────────────────────────────────────────────────────────────────────


def test_a_number_in_doubt_is_marked_and_other_numbers_are_shown(doubted: at.Review) -> None:
    message = html_module.message_data(doubted, None, None)
    assert message["key_values"][-4:] == [
        ("Number", "probably (312) 555-4293, extension 12"),
        ("In doubt", "its readings differ"),
        ("Differs", "the 10th digit: 3, then 4"),
        ("Other numbers", "“account number 4471” at 1 s, “amount 50” at 13 s"),
    ]
    readings = next(tier for tier in message["tiers"] if tier["kind"] == "number")
    assert [text for *_, text in readings["spans"]] == ["(312) 555-4293", "(312) 555-4294"]
    others = next(tier for tier in message["tiers"] if tier["kind"] == "other")
    assert others["spans"] == [[1.0, 2.0, "account number 4471"], [13.0, 14.0, "amount 50"]]
    page = html_module.html_report([at.Outcome(Path(f"{name}.wav"), doubted) for name in "ab"])
    assert page.count('<td data-value="3125554293">(312) 555-4293 x12 ?</td>') == 2


def test_two_hundred_messages_stay_under_two_megabytes_without_sound(
    sample_outcomes: list[at.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: dict[Path, Any] = {}
    drawn, read = waveform_figure.figure_of, html_module.read_if_there
    recordings = {outcome.path: read(outcome.path) for outcome in sample_outcomes}
    monkeypatch.setattr(
        html_module, "read_if_there", recordings.get
    )  # each of the few is read and drawn once

    def figure_of(recording: at.Recording) -> Any:
        assert recording.path is not None
        if recording.path not in figures:
            figures[recording.path] = drawn(recording)
        return figures[recording.path]

    monkeypatch.setattr(html_module, "figure_of", figure_of)
    spoken = sample_outcomes[:2]  # 28 and 25 s, with more words than most
    page = html_report(spoken * 100, audio=False)
    assert len(page_data(page)["messages"]) == 200
    assert len(page.encode()) < 2_000_000


def test_a_message_that_was_not_understood_shows_the_share_and_comes_last(
    outcomes: list[at.Outcome], barely: at.Review
) -> None:
    page = html_report([at.Outcome(Path("barely.flac"), barely), outcomes[0]])
    names = re.findall(r'<tr data-missed[^>]*><th scope="row" data-value="([^"]*)"', page)
    assert names == ["dentist.flac", "barely.flac"]
    assert '<td data-value="">–</td><td data-value="0.2692' in page
    assert "1 recording scored against general" in page
    assert "1 not understood well enough" in page
    (message,) = [each for each in page_data(page)["messages"] if each["name"] == "barely.flac"]
    assert message["points"] is None
    assert message["reason"].startswith("not enough was understood: 27 %")


def test_words_in_doubt_are_not_in_the_distributions(barely: at.Review) -> None:
    words = WordMeasures(count=900, confidence=0.3, trusted=False)
    fast = replace(barely.measurements.rate, words_per_min=900.0)
    doubted = replace(barely, measurements=replace(barely.measurements, words=words, rate=fast))
    told = [
        replace(barely, measurements=replace(barely.measurements, rate=replace(fast, words_per_min=140.0)))
    ]
    page = html_report([at.Outcome(Path("a.flac"), each) for each in (doubted, *told)])
    assert "<strong>Pace</strong>: median 140 words a minute; 1 of 1 within" in page
    assert "<strong>Length</strong>: median 20 s; 2 of 2 within" in page
    spread = Summary(table_row(at.Outcome(Path("a.flac"), each)) for each in (doubted, *told)).spread
    assert [found and found.count for found in map(spread, ("rate.words_per_min", "message.duration_s"))] == [
        1,
        2,
    ]


def test_values_without_json_form_are_null(outcomes: list[at.Outcome], nasty: str) -> None:
    data = page_data(html_report(outcomes))
    assert data["messages"][0]["words"][1] == [0.7, 1.0, nasty]
    assert data["messages"][1]["points"] is None


def test_a_file_name_that_is_no_text_is_written(review: at.Review, tmp_path: Path) -> None:
    name = b"caf\xe9.wav".decode("utf-8", "surrogateescape")
    write_report([at.Outcome(Path(name), replace(review, recording=name))], tmp_path / "name.html")
    assert "caf" in (tmp_path / "name.html").read_text(encoding="utf-8")


def test_the_mp3_is_small_and_its_times_are_true() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000)
    clicks = np.zeros(48_000)
    clicks[16_000:16_400] = noise[:400]
    decoded = at.read_audio(encode_mp3(at.Recording.from_samples(clicks, 16_000)))
    lag = int(np.correlate(decoded.samples[:48_000], clicks, "full").argmax()) - (48_000 - 1)
    assert abs(lag) <= 16  # 1 ms
    assert len(encode_mp3(at.Recording.from_samples(noise, 16_000))) < 4_000 * 3.2


def test_the_target_range_is_the_strictest_of_a_playbook() -> None:
    general = load_playbook("general")
    assert target_range(general, "number.digits_per_s") == (None, 2.0)
    assert target_range(general, "no.such") == (None, None)
    assert target_range(None, "number.digits_per_s") == (None, None)
    assert target_range(Playbook("mine", "Mine", ()), "number.digits_per_s") == (None, None)
