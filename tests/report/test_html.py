from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.errors import AudioEmptyError
from aftertone.measurements.wording import RecordedMeasures, WordMeasures
from aftertone.report import Summary, waveform_figure, write_report
from aftertone.report import html as html_module
from aftertone.report.html import encode_mp3, html_report
from aftertone.report.review_text import marks_of
from aftertone.report.table import table_row
from tests.browser import SAMPLES, TrueWords, chromium, faults, page_data, sample_outcome, truth

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


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The page of a sample with its true words, written once."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def page_of(name: str) -> Path:
        write_report([sample_outcome(name)], folder / f"{name}.html")
        return folder / f"{name}.html"

    return page_of


@pytest.fixture(scope="module")
def marked() -> at.Review:
    """A review with hesitations, restarts, fillers and readings of a number."""
    review = sample_outcome("restarts").review
    assert review is not None
    hesitations = (at.Span(4.0, 5.2), at.Span(9.0, 9.8))
    pauses = replace(
        review.measurements.pauses,
        hesitation_count=2,
        evidence={**review.measurements.pauses.evidence, "hesitation_count": hesitations},
    )
    return replace(review, measurements=replace(review.measurements, pauses=pauses))


@pytest.fixture(scope="module")
def marked_page(marked: at.Review, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marked") / "marked.html"
    write_report([at.Outcome(SAMPLES / truth("restarts")["file"], marked)], path)
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


@pytest.fixture
def listened(browser: Any, message_page: Path) -> Iterator[Any]:
    """The page of a message; `window.heard` has the place of each start, `window.sound` the sound."""
    page = Watched(browser, message_page).page
    page.evaluate(LISTEN)
    yield page
    page.close()


LISTEN = """() => { window.heard = []; const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.heard.push(this.currentTime);
window.sound = this; return play.call(this); }; }"""


def stop_of(page: Any) -> float:
    """Where the sound stops by itself, in seconds."""
    page.wait_for_function("() => window.sound && window.sound.currentTime > 0 && window.sound.paused")
    return float(page.evaluate("window.sound.currentTime"))


def box_of(page: Any, selector: str) -> dict[str, float]:
    box: dict[str, float] = page.locator(selector).first.bounding_box()
    return box


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share less than a pixel."""
    return (
        one["x"] + one["width"] <= other["x"] + 1
        or other["x"] + other["width"] <= one["x"] + 1
        or one["y"] + one["height"] <= other["y"] + 1
        or other["y"] + other["height"] <= one["y"] + 1
    )


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (390, 844)])
def test_what_matters_is_above_the_fold(
    browser: Any, message_page: Path, sample_outcomes: list[at.Outcome], width: int, height: int
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    page = Watched(browser, message_page, viewport={"width": width, "height": height}).page
    player = box_of(page, ".miniplayer")
    assert player["y"] + player["height"] <= height
    for selector in (".name", ".playbook", ".score", ".first button", ".heard button", ".key"):
        box = box_of(page, selector)
        assert box["y"] + box["height"] <= player["y"], selector
    first = review.missed[0]
    assert first.title in page.inner_text(".first")
    assert first.advice in page.inner_text(".first")
    assert "General" in page.inner_text(".playbook")
    assert "(878) 555-0190" in page.inner_text(".heard")
    assert (
        float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.score strong')).fontSize)"))
        >= 44
    )
    page.close()


def test_the_first_thing_plays_its_place(listened: Any, sample_outcomes: list[at.Outcome]) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    place = review.missed[0].evidence[0]
    listened.click(".first button")
    assert stop_of(listened) == pytest.approx(place.end_s + 0.15, abs=0.5)
    assert listened.evaluate("window.heard[0]") == pytest.approx(place.start_s - 0.15, abs=0.1)
    assert listened.evaluate("window.sound.duration") == pytest.approx(
        truth("full_of_fillers")["duration_s"], abs=0.1
    )


def test_hear_your_number_plays_its_slowest_reading(listened: Any, sample_outcomes: list[at.Outcome]) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    (reading,) = review.measurements.number.evidence["digits_per_s"]
    listened.get_by_role("button", name="Hear your number").click()
    assert stop_of(listened) == pytest.approx(reading.end_s + 0.15, abs=0.5)
    assert listened.evaluate("window.heard[0]") == pytest.approx(reading.start_s - 0.15, abs=0.1)


def test_a_word_plays_from_there_on_and_the_played_word_is_marked(listened: Any) -> None:
    words = truth("full_of_fillers")["words"]
    shown = listened.locator(".transcript span[data-start]")
    assert shown.all_inner_texts() == [word["text"] for word in words]
    shown.nth(4).click()
    listened.wait_for_function(
        f"() => document.querySelector('.transcript .now')?.dataset.start > {words[4]['start_s'] + 0.01}"
    )
    assert listened.evaluate("window.heard[0]") == pytest.approx(words[4]["start_s"], abs=0.02)
    assert listened.locator(".transcript .now").count() <= 1  # none between two words
    listened.wait_for_selector(".miniplayer .play:text-is('Pause')")
    listened.click(".miniplayer .play")
    listened.wait_for_selector(".miniplayer .play:text-is('Play')")


def test_the_words_are_one_stop_of_the_keyboard(listened: Any) -> None:
    words = truth("full_of_fillers")["words"]
    stops = []
    for _ in range(60):
        listened.keyboard.press("Tab")
        stops.append(bool(listened.evaluate("document.activeElement.closest('.transcript') !== null")))
        if stops[-1]:
            break
    assert stops[-1]
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        listened.keyboard.press(key)
    assert listened.evaluate("document.activeElement.textContent") == words[2]["text"]
    listened.keyboard.press("Enter")
    listened.wait_for_function("() => document.querySelector('.play').textContent === 'Pause'")
    assert listened.evaluate("window.heard[0]") == pytest.approx(words[2]["start_s"], abs=0.02)
    listened.keyboard.press("Tab")
    assert not listened.evaluate("document.activeElement.closest('.transcript') !== null")


def test_the_keyboard_reaches_and_plays_the_evidence(listened: Any) -> None:
    for _ in range(40):
        listened.keyboard.press("Tab")
        if "evidence" in listened.evaluate("document.activeElement.className"):
            break
    start_s = float(listened.evaluate("document.activeElement.dataset.start"))
    listened.keyboard.press("Enter")
    stop_of(listened)
    assert listened.evaluate("window.heard[0]") == pytest.approx(start_s - 0.15, abs=0.1)


def test_the_space_bar_plays_where_no_control_has_the_focus(listened: Any) -> None:
    state = ".miniplayer .play"
    listened.keyboard.press("Space")
    listened.wait_for_function(f"() => document.querySelector('{state}').textContent === 'Pause'")
    listened.keyboard.press("Space")
    listened.wait_for_function(f"() => document.querySelector('{state}').textContent === 'Play'")
    assert listened.evaluate("window.scrollY") == 0
    listened.focus(".folded summary")
    listened.keyboard.press("Space")
    assert listened.evaluate("document.querySelector('.folded').open")
    assert listened.evaluate("window.heard.length") == 1


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (390, 844)])
def test_the_player_stays_in_view_and_covers_nothing_in_focus(
    browser: Any, message_page: Path, width: int, height: int
) -> None:
    page = Watched(browser, message_page, viewport={"width": width, "height": height}).page
    assert page.inner_text(".miniplayer .time") == "0:00 / 0:20"
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    seen = 0
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const at = document.activeElement;
            if (at === document.body || at.closest('.miniplayer')) return null;
            const {x, y, width, height} = at.getBoundingClientRect();
            return {x, y, width, height, tag: at.outerHTML}; }"""
        )
        player = box_of(page, ".miniplayer")
        if page.evaluate("document.activeElement.closest('footer')") is not None:
            break
        assert 0 <= player["y"] <= height - player["height"]
        if focused and focused["height"] < height / 2:
            assert apart(focused, player), focused["tag"][:200]
            seen += 1
    assert seen > 20
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    last = box_of(page, ".unmeasured")
    player = box_of(page, ".miniplayer")
    assert last["y"] + last["height"] <= player["y"] + 1
    page.close()


def test_the_transcript_marks_what_is_in_it(browser: Any, marked_page: Path, marked: at.Review) -> None:
    """Fillers, hesitations, restarts, readings of the number and places of missed rules, with a legend."""
    m = marked.measurements
    page = Watched(browser, marked_page).page
    legend = page.inner_text(".legend")
    restarts = m.evidence["restarts.count"]
    hesitations = m.evidence["pauses.hesitation_count"]
    assert len(restarts) > 0
    assert len(hesitations) > 0
    assert f"{len(hesitations)} hesitation" in legend
    assert f"{len(restarts)} restart" in legend
    assert f"{len(m.evidence['number.readings'])} reading" in legend
    assert page.locator(".transcript em.mark-hesitation").count() == len(hesitations)
    places = page.locator(".transcript [data-start]").evaluate_all(
        "all => all.map(each => Number(each.dataset.start))"
    )
    assert all(later - earlier > -0.5 for earlier, later in pairwise(places))
    said = " ".join(page.locator(".transcript .mark-restart").all_inner_texts())
    assert restarts[0].text.split()[0] in said
    looks = [
        page.evaluate(f"getComputedStyle(document.querySelector('.legend .mark-{kind}')).textDecorationStyle")
        for kind in ("filler", "restart", "number")
    ]
    assert len(set(looks)) == 3  # each differs in shape, not in colour alone
    page.close()


def test_a_filler_of_the_sound_alone_stands_between_the_words(browser: Any, tmp_path: Path) -> None:
    class WithoutFillers(TrueWords):
        def transcribe(self, recording: at.Recording) -> at.Transcript:
            heard = super().transcribe(recording)
            return replace(heard, words=tuple(w for w in heard.words if w.text not in ("um", "uh")))

    path = SAMPLES / truth("full_of_fillers")["file"]
    review = at.review(path, engine=WithoutFillers("full_of_fillers"))
    alone = [span for span in marks_of(review, "filler") if span.text == "um?"]
    assert alone
    write_report([at.Outcome(path, review)], tmp_path / "alone.html")
    page = Watched(browser, tmp_path / "alone.html").page
    marks = page.locator(".transcript em.mark-filler")
    assert marks.all_inner_texts() == ["um?"] * len(alone)
    before, after = marks.first.evaluate(
        """mark => { const all = [...document.querySelectorAll('.transcript [data-start]')];
        const at = all.indexOf(mark);
        return [all[at - 1].dataset.start, all[at + 1].dataset.end].map(Number); }"""
    )
    assert before < alone[0].start_s < alone[0].end_s < after
    assert f"{len(alone)} in the sound alone" in page.inner_text(".legend")
    page.close()


def test_missed_rules_come_first_and_the_rest_is_folded(
    browser: Any, message_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    page = Watched(browser, message_page).page
    titles = [text.split(maxsplit=2)[2] for text in page.locator("ol.rules li .title").all_inner_texts()]
    assert titles == [finding.title for finding in review.missed]
    shown = page.inner_text("ol.rules")
    assert all(finding.advice in shown for finding in review.missed)
    met = [finding.title for finding in review.findings if finding.verdict == "met"]
    assert page.inner_text(".folded summary") == f"✓ {len(met)} rules met"
    assert not page.get_by_text(met[0], exact=True).is_visible()
    page.click(".folded summary")
    assert page.get_by_text(met[0], exact=True).is_visible()
    source = next(finding.source for finding in review.missed if finding.source)
    assert not page.get_by_text(source, exact=True).first.is_visible()
    page.locator("ol.rules .source summary").first.click()
    assert page.get_by_text(review.missed[0].source, exact=True).first.is_visible()
    assert page.locator(".rules li").count() == len(review.findings)
    page.close()


@pytest.mark.parametrize("name", ["full_of_fillers", "hang_up", "number_twice_slowly"])
def test_no_measure_is_named_as_in_code(browser: Any, page_of: Callable[[str], Path], name: str) -> None:
    page = Watched(browser, page_of(name)).page
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    shown = page.inner_text("main")
    assert [measure for measure in at.MEASURES if "." in measure and measure in shown] == []
    page.close()


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("name", ["full_of_fillers", "number_twice_slowly", "long_hesitations"])
def test_labels_stay_apart_and_inside(
    browser: Any, page_of: Callable[[str], Path], name: str, width: int
) -> None:
    page = Watched(browser, page_of(name), viewport={"width": width, "height": 900}).page
    page.wait_for_timeout(200)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(':is(.caption, .tick, .axis span, .mark span)')]
        .filter(each => each.offsetWidth).map(each => { const range = document.createRange();
        range.selectNodeContents(each); const {x, y, width, height} = range.getBoundingClientRect();
        return {x, y, width, height, text: each.textContent, mark: each.parentElement.matches('.mark')
        ? each.parentElement.getBoundingClientRect().toJSON() : null}; })"""
    )
    stage = box_of(page, ".stage")
    assert len(boxes) > 15
    for at_, box in enumerate(boxes):
        assert box["x"] >= stage["x"], box
        assert box["mark"] or box["x"] + box["width"] <= stage["x"] + stage["width"], box
        if box["mark"]:
            assert box["mark"]["x"] <= box["x"], box
            assert box["x"] + box["width"] <= box["mark"]["right"], box
        for other in boxes[at_ + 1 :]:
            assert apart(box, other), (box, other)
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('main *')].filter(each => each.offsetWidth &&
        [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
    )
    assert smallest >= 12
    page.close()


def test_a_message_without_speech_says_why_there_is_nothing(
    browser: Any, page_of: Callable[[str], Path]
) -> None:
    watched = Watched(browser, page_of("hang_up"))
    assert watched.page.inner_text(".score") == "No score"
    assert "No speech was found" in watched.page.inner_text(".verdicts")
    assert "No number was left" in watched.page.inner_text(".heard")
    assert watched.page.locator(".first button, .heard button").count() == 0
    assert watched.complaints == []
    watched.page.close()


def test_rules_that_were_not_judged_stand_under_their_reasons(
    browser: Any, barely: at.Review, tmp_path: Path
) -> None:
    write_report([at.Outcome(Path("barely.flac"), barely)], tmp_path / "barely.html")
    page = Watched(browser, tmp_path / "barely.html").page
    assert page.inner_text(".score") == "No score"
    assert "Not enough was understood: 27 %" in page.inner_text(".verdicts")
    assert "The number is not known" in page.inner_text(".heard")
    reasons = Counter(f.reason for f in barely.findings if f.verdict == "not judged")
    folded = page.locator(".folded", has_text="not judged")
    assert folded.locator("summary").first.inner_text() == f"– {reasons.total()} rules not judged"
    folded.locator("summary").first.click()
    told = [text.lower().rstrip(".") for text in folded.locator(".why").all_inner_texts()]
    assert told == [reason.lower() for reason in reasons]
    assert [each.locator("li").count() for each in folded.locator("ul").all()] == list(reasons.values())
    page.close()


def test_words_in_doubt_are_said_to_be(
    browser: Any, sample_outcomes: list[at.Outcome], tmp_path: Path
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    words = replace(review.measurements.words, confidence=0.4, trusted=False)
    doubted = replace(review, measurements=replace(review.measurements, words=words))
    write_report([replace(sample_outcomes[0], review=doubted)], tmp_path / "doubted.html")
    page = Watched(browser, tmp_path / "doubted.html").page
    assert "These words are in doubt: The words do not fit the sound" in page.inner_text("main")
    page.close()


def test_a_message_that_missed_nothing_says_so(browser: Any, page_of: Callable[[str], Path]) -> None:
    page = Watched(browser, page_of("number_twice_slowly")).page
    assert "Nothing was missed." in page.inner_text(".first")
    assert page.locator("ol.rules").count() == 0
    page.close()


def test_the_rewrite_marks_facts_and_blanks_and_is_copied(
    listened: Any, sample_outcomes: list[at.Outcome]
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    assert review.rewrite is not None
    parts = review.rewrite.parts
    facts = [part.text for part in parts if part.fact and not part.is_blank]
    blanks = [part.text for part in parts if part.is_blank]
    assert facts
    assert blanks
    assert listened.inner_text(".rewrite blockquote") == review.rewrite.text
    assert listened.locator(".rewrite .fact").all_inner_texts() == facts
    assert listened.locator(".rewrite .blank").all_inner_texts() == [f"[{text}]" for text in blanks]
    assert f"To fill in: {', '.join(blanks)}." in listened.inner_text(".rewrite")
    assert listened.locator(".rewrite button").all_inner_texts() == ["Copy"]
    listened.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = text; }; }")
    listened.click(".rewrite button")
    listened.wait_for_function(
        "() => document.querySelector('.rewrite [role=status]').textContent === 'Copied.'"
    )
    assert listened.evaluate("window.copied") == review.rewrite.text
    listened.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error(); }; }")
    listened.click(".rewrite button")
    listened.wait_for_function("() => getSelection().toString() !== ''")
    assert listened.evaluate("getSelection().toString()") == review.rewrite.text


def test_a_page_may_use_the_rewrite_as_a_script_and_speak_it(
    listened: Any, sample_outcomes: list[at.Outcome]
) -> None:
    review = sample_outcomes[0].review
    assert review is not None
    assert review.rewrite is not None
    listened.evaluate(
        """() => { const data = JSON.parse(document.getElementById('data').textContent);
        Aftertone.show(document.getElementById('message'), data.messages[0], { rules: data.rules,
        actions: { useScript: text => { window.script = text; }, speak: data.messages[0].audio } }); }"""
    )
    listened.get_by_role("button", name="Use as my script").click()
    assert listened.evaluate("window.script") == review.rewrite.text
    listened.get_by_role("button", name="Hear it spoken").click()
    stop = listened.get_by_role("button", name="Stop")
    stop.wait_for()
    stop.click()
    listened.get_by_role("button", name="Hear it spoken").wait_for()
    assert listened.evaluate("window.sound.paused")
    listened.get_by_role("button", name="Hear it spoken").click()
    stop.wait_for()
    listened.click(".miniplayer .play")  # one of the two sounds plays at a time
    listened.get_by_role("button", name="Hear it spoken").wait_for(timeout=5_000)
    listened.get_by_role("button", name="Hear it spoken").click()
    listened.wait_for_selector(".miniplayer .play:has-text('Play')", timeout=5_000)


def test_a_speech_that_is_stopped_while_it_is_made_is_no_failure(listened: Any) -> None:
    listened.evaluate(
        """() => { const data = JSON.parse(document.getElementById('data').textContent);
        HTMLMediaElement.prototype.play = function () {
          this.dispatchEvent(new Event('play'));
          window.speech = this;
          return new Promise((_, failed) => { this.fail = name => failed(new DOMException('', name)); });
        };
        Aftertone.show(document.getElementById('message'), data.messages[0], { rules: data.rules,
        actions: { speak: data.messages[0].audio } }); }"""
    )
    hear = listened.get_by_role("button", name="Hear it spoken")
    told = listened.locator(".rewrite [role=status]")
    for name, says in (("AbortError", ""), ("NotSupportedError", "The speech could not be made or played.")):
        listened.evaluate("() => window.speech && window.speech.dispatchEvent(new Event('pause'))")
        hear.click()
        assert told.inner_text() == "The speech is being made…"
        listened.evaluate("name => window.speech.fail(name)", name)
        listened.wait_for_selector(f".rewrite [role=status]:text-is('{says}')", state="attached")


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


def test_without_sound_a_word_moves_the_cursor(
    browser: Any, sample_outcomes: list[at.Outcome], tmp_path: Path
) -> None:
    write_report(sample_outcomes[:1], tmp_path / "quiet.html", audio=False)
    assert "data:audio" not in (tmp_path / "quiet.html").read_text()
    watched = Watched(browser, tmp_path / "quiet.html")
    watched.page.click(".transcript [data-start] >> nth=3")
    start_s = float(watched.page.get_attribute(".transcript [data-start] >> nth=3", "data-start"))
    assert float(watched.page.input_value(".miniplayer input")) == pytest.approx(start_s, abs=0.06)
    assert watched.page.locator(".transcript .now").count() == 1
    watched.page.click(".mark.filler >> nth=1")
    start_s = float(watched.page.get_attribute(".mark.filler >> nth=1", "data-start"))
    assert float(watched.page.input_value(".miniplayer input")) == pytest.approx(start_s, abs=0.06)
    assert watched.page.is_disabled(".miniplayer .play")
    assert watched.page.locator(".review button[data-start]").count() == 0
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
    page.select_option("#rule", "no-fillers")
    missed = [
        outcome.path.stem
        for outcome in sample_outcomes
        if outcome.review
        and any(f.rule == "no-fillers" and f.verdict == "missed" for f in outcome.review.findings)
    ]
    assert missed
    assert visible_names(page) == missed
    page.select_option("#verdict", "met")
    assert set(visible_names(page)).isdisjoint(missed)
    assert visible_names(page)
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


def test_a_folder_page_ranks_the_missed_rules_by_messages(
    browser: Any, folder_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    page = Watched(browser, folder_page).page
    missed = Counter(f.title for each in sample_outcomes if each.review for f in each.review.missed)
    shown = [" ".join(text.split()) for text in page.locator(".most li").all_inner_texts()]
    assert shown[0] == "Say the same number twice 2 of 4 messages"
    assert sorted(shown) == sorted(f"{title} {count} of 4 messages" for title, count in missed.items())
    counts = [int(text.split()[-4]) for text in shown]
    assert counts == sorted(counts, reverse=True)
    page.close()


def test_scores_over_days_are_a_line_and_a_table(
    browser: Any, sample_outcomes: list[at.Outcome], tmp_path: Path
) -> None:
    dated = []
    for outcome, day in zip(sample_outcomes[:3], (9, 2, 2), strict=True):
        assert outcome.review is not None
        recorded = RecordedMeasures(at=f"2026-03-0{day}T10:20:00", hour=10.3)
        measurements = replace(outcome.review.measurements, recorded=recorded)
        dated.append(replace(outcome, review=replace(outcome.review, measurements=measurements)))
    write_report(dated, tmp_path / "dated.html")
    page = Watched(browser, tmp_path / "dated.html").page
    assert page.inner_text("#trend") == "The score over time"
    last, *first = (review.score.points or 0 for each in dated if (review := each.review))
    mean = round((first[0] + first[1]) / 2)
    told = f"From {mean} of 100 (2 March 2026) to {last} of 100 (9 March 2026); 3 messages."
    assert page.inner_text(".trend figcaption") == told
    page.click(".trend summary")
    rows = [" ".join(text.split()) for text in page.locator(".trend tbody tr").all_inner_texts()]
    assert rows == [f"2 March 2026 {mean} 2", f"9 March 2026 {last} 1"]
    line = page.get_attribute(".trend .mean", "d")
    assert [point.split()[0] for point in line.removeprefix("M").split("L")] == ["0.00", "100.00"]
    page.close()


def test_what_a_playbook_does_not_ask_is_not_applicable(
    browser: Any, sample_outcomes: list[at.Outcome], tmp_path: Path
) -> None:
    path = SAMPLES / truth("cold_prospect")["file"]
    cold = at.review(path, engine=TrueWords("cold_prospect"), playbook="cold-prospect")
    write_report([*sample_outcomes[:2], at.Outcome(path, cold)], tmp_path / "mixed.html")
    page = Watched(browser, tmp_path / "mixed.html").page
    cells = page.locator("#table tr", has_text="cold_prospect").locator("td").all_inner_texts()
    assert cells[6:8] == ["n/a", "n/a"]
    assert "n/a" not in page.locator("#table tr", has_text="dentist").inner_text()
    page.select_option("#rule", "number-slow")
    assert visible_names(page) == ["full_of_fillers"]
    assert page.inner_text("#shown") == "1 shown; n/a in 1"
    page.select_option("#verdict", "n/a")
    assert visible_names(page) == ["cold_prospect"]
    page.close()


def test_a_folder_page_shows_distributions_and_failures(
    browser: Any, folder_page: Path, sample_outcomes: list[at.Outcome]
) -> None:
    page = Watched(browser, folder_page).page
    spoken = [each.review for each in sample_outcomes if each.review and each.review.score.points is not None]
    points = [review.score.points or 0 for review in spoken]
    header = page.inner_text("header")
    assert re.search(rf"Scored\s+{len(points)} of 5\s+Median score\s+{median(points):.0f} of 100", header)
    assert re.search(r"Could not be read\s+1", header)
    cards = page.locator(".spread figcaption").all_inner_texts()
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
    assert message["number"]["written"] == "probably (312) 555-4293, extension 12"
    assert message["number"]["remarks"] == [
        ("In doubt", "its readings differ"),
        ("Differs", "the 10th digit: 3, then 4"),
        ("Other numbers", "“account number 4471” at 1 s, “amount 50” at 13 s"),
    ]
    assert message["number"]["span"] == [3.5, 8.25]
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
    names = re.findall(r'<tr data-index[^>]*><th scope="row" data-value="([^"]*)"', page)
    assert names == ["dentist.flac", "barely.flac"]
    assert '<td data-value="">–</td><td data-value="0.2692' in page
    assert "<dt>Scored</dt><dd>1 <small>of 2</small></dd>" in page
    assert "<dt>Not understood well enough</dt><dd>1 <small></small></dd>" in page
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
