"""The practice page in a browser whose microphone plays a voice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone.language.brief import Brief, read_brief
from aftertone.practice.takes import brief_toml
from aftertone.report import Outcome, read_reviews, write_report
from tests.browser import SAMPLES, faults, sample_outcome, truth
from tests.practice.engines import NAMES, SERVE
from tests.practice.server import Server, sample

LONG_MS = 90_000  # on a machine that is busy with other things
# The count-in takes no time; nothing else on the page waits for exactly a second.
QUICK = """
const wait = window.setTimeout;
window.setTimeout = (what, ms, ...given) => wait(what, ms === 1000 ? 5 : ms, ...given);
"""
SCRIPT = "Hello Linda, this is your friend Peter Grant from Grant Insurance. Call me soon. Thanks."
DRILLED = {
    "digits": "8585550112",
    "written": "(858) 555-0112",
    "digits_per_s": 3.1,
    "groups": ["858", "555", "0112"],
    "is_right": False,
    "differing": [8],
    "expected_count": 10,
    "is_slow": False,
    "why": "",
}


@pytest.fixture(scope="module")
def server(start: Callable[..., Server]) -> Server:
    """A server that reviews the sound alone."""
    return start()


class Words(Server):
    """A server whose engine knows the words, and waits while it is held."""

    def hold(self) -> None:
        self.folder.with_name("hold").touch()

    def go_on(self) -> None:
        self.folder.with_name("hold").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def served_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Words]:
    for extra in ("starlette", "uvicorn"):
        pytest.importorskip(extra, reason="the serve extra is not installed")
    server = Words(tmp_path_factory.mktemp("words") / "takes", script=SERVE)
    yield server
    server.go_on()
    server.end()


@pytest.fixture
def words(served_words: Words) -> Iterator[Words]:
    """This server, without takes."""
    served_words.go_on()
    for name in served_words.names():
        served_words.ask("DELETE", f"/takes/{name}")
    yield served_words
    served_words.go_on()


@pytest.fixture
def desk(page: Any, words: Words) -> Any:
    """The page of this server, with a quick count-in."""
    page.add_init_script(QUICK)
    page.goto(words.address)
    page.wait_for_selector("#record")
    return page


@contextmanager
def another(browser: Any, *arguments: str) -> Iterator[Any]:
    """A browser with other arguments, beside the first."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    launched = browser.browser_type.launch(executable_path=path, args=["--no-sandbox", *arguments])
    try:
        yield launched
    finally:
        launched.close()


def begin(page: Any) -> None:
    page.click("#record")
    page.wait_for_selector("#status:has-text('Recording')", timeout=LONG_MS)


def stop(page: Any) -> None:
    page.click("#record")
    page.wait_for_selector("#recordword:text-is('Record')", timeout=LONG_MS)


def record(page: Any, duration_s: int = 1) -> None:
    begin(page)
    page.wait_for_selector(f"#timewords:text-matches('^{duration_s} s')", timeout=LONG_MS)
    stop(page)


def choose(page: Any, name: str) -> None:
    page.set_input_files("#file", SAMPLES / truth(name)["file"])


def reviewed(page: Any, name: str) -> None:
    page.wait_for_selector(f"#message .name:has-text('{name}')", timeout=LONG_MS)


def dismissed(page: Any) -> list[str]:
    """The kinds of the dialogs of a page, as they come; each is dismissed."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def state(page: Any, name: str, text: str) -> None:
    page.wait_for_selector(f"#list tr:has-text('{name}'):has-text('{text}')", timeout=LONG_MS)


HELD_STREAMS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.streams = [];
navigator.mediaDevices.getUserMedia = async wanted => {
  const stream = await ask(wanted);
  streams.push(stream);
  return stream;
};
window.unplug = () => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotFoundError"); };
  for (const track of streams.flatMap(each => each.getTracks())) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
};
"""
"""Keeps the streams of the microphone; `unplug()` ends them, and no other is given."""


@pytest.fixture
def held(page: Any, words: Words) -> Any:
    """The page with a quick count-in, its streams of the microphone, and the errors of its scripts."""
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.add_init_script(HELD_STREAMS)
    page.add_init_script(QUICK)
    page.goto(words.address)
    page.wait_for_selector("#levelwords:has-text('dBov')", timeout=LONG_MS)
    return page


# ── recording ────────────────────────────────────────────────────────────────────────────────────────


def test_a_take_is_counted_in_recorded_stored_and_reviewed(page: Any, server: Server) -> None:
    requests: list[str] = []
    printed: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: printed.append(message.text))
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = wanted => { window.wanted = wanted; return ask(wanted); };
        window.counted = [];
        addEventListener("DOMContentLoaded", () => new MutationObserver(() => window.counted.push(
          document.getElementById("count").textContent)).observe(
          document.getElementById("count"), { childList: true, characterData: true, subtree: true }));"""
    )
    page.goto(server.address)
    page.fill("#script", 'Say "hi" & <b>bye</b>')
    record(page, 3)
    page.wait_for_selector("#message .score", timeout=LONG_MS)
    assert page.evaluate("window.counted")[:5] == ["3", "2", "1", "♪", "0:00"]
    # the sound alone judges too little for a number, and the page says so in its place
    assert page.inner_text("#message .score strong") == "No score"
    assert "not enough was understood" in page.inner_text("#message .head").lower()
    assert page.evaluate("window.wanted.audio") == {
        "echoCancellation": False,
        "noiseSuppression": False,
        "autoGainControl": False,
        "channelCount": 1,
    }
    assert not page.is_visible("#comparison")
    kept = sorted(path.name for path in server.folder.glob("[!.]*"))
    assert kept == [f"take-001.{suffix}" for suffix in ("review.json", "toml", "webm")]
    assert 2.5 < at.read_audio(server.folder / "take-001.webm").duration_s < 10.0
    brief = at.find_brief(server.folder / "take-001.webm")
    assert brief is not None
    assert (brief.script, brief.playbook) == ('Say "hi" & <b>bye</b>', "general")
    (row,) = read_reviews(server.folder / "take-001.review.json")
    assert row["score"] is None
    assert 0 < float(row["judged_share"] or 0) < 0.6
    assert all(url.startswith((f"http://{server.host}/", "data:", "blob:")) for url in requests)
    assert printed == []


def test_level_length_pace_and_script_are_in_view_while_recording(desk: Any) -> None:
    desk.select_option("#playbook", "collections")
    assert desk.inner_text("#timewords") == "0 s of 10 to 20 s"
    desk.fill("#script", "Hello Linda. " + "This is the next sentence of the script. " * 30)
    begin(desk)
    assert not desk.is_visible("#script")
    assert not desk.is_visible("#fields")
    assert desk.inner_text("#prompter p[aria-current]") == "Hello Linda."
    assert desk.is_visible("#record:has-text('Stop')")
    desk.wait_for_selector("#levelwords:text-matches('^good .−[0-9]+ dBov.')", timeout=LONG_MS)
    meter = desk.locator("#meter")
    assert -41 <= float(meter.get_attribute("aria-valuenow")) <= 0
    assert meter.get_attribute("aria-valuetext").startswith("good")
    desk.wait_for_selector("#pacewords:text-matches('^(easy|fast)')", timeout=LONG_MS)
    desk.wait_for_selector("#prompter p[aria-current]:has-text('next sentence')", timeout=LONG_MS)
    assert desk.inner_text("#timewords").endswith("s of 10 to 20 s")
    desk.click("#cancel")
    desk.wait_for_selector("#status:has-text('discarded')", timeout=LONG_MS)
    assert desk.is_visible("#script")
    assert not desk.is_visible("#prompter")
    assert desk.locator("#list tr").count() == 0


@pytest.mark.parametrize(
    ("amplitude", "says"), [(0.0, "no voice yet"), (0.004, "too quiet"), (0.1, "good"), (1.0, "too loud")]
)
def test_the_level_is_said_in_words(desk: Any, amplitude: float, says: str) -> None:
    said = desk.evaluate(
        """amplitude => {
          const voice = new Voice(48000);
          voice.push(Float32Array.from({ length: 96000 }, (_, i) => amplitude * Math.sin(i / 30)));
          Desk.showLevel(voice);
          const dbov = voice.level().voice_dbov;
          return [document.getElementById("levelwords").textContent, dbov];
        }""",
        amplitude,
    )
    assert said[0].startswith(says)
    if amplitude:
        assert said[1] == pytest.approx(20 * np.log10(amplitude / np.sqrt(2)), abs=0.1)


def test_a_long_word_of_the_script_stays_in_view(desk: Any) -> None:
    desk.set_viewport_size({"width": 320, "height": 700})
    desk.fill("#script", "x" * 200)
    begin(desk)
    line, room = (
        desk.evaluate(f"document.querySelector('#prompter').{each}Width") for each in ("scroll", "client")
    )
    stop(desk)
    assert line <= room


def test_the_microphone_is_opened_once_and_closed_for_good(held: Any) -> None:
    for _ in range(2):
        record(held)
    held.click("#check")
    held.wait_for_selector("#levelwords:text-is('the microphone is off')")
    held.wait_for_timeout(300)
    assert held.evaluate("streams.length") == 1
    assert held.evaluate("streams.some(each => each.active)") is False
    assert held.problems == []


def test_a_microphone_that_is_unplugged_in_the_count_in_gives_its_card(held: Any) -> None:
    held.click("#record")
    held.wait_for_selector("#count:text-is('♪')", timeout=LONG_MS)
    held.evaluate("unplug()")
    held.wait_for_selector("#nomicrophone:has-text('There is no microphone')", timeout=LONG_MS)
    held.wait_for_selector("#recordword:text-is('Record')", timeout=LONG_MS)
    assert (held.inner_text("#error"), held.problems) == ("", [])


def test_what_was_recorded_before_the_microphone_was_lost_is_kept(held: Any) -> None:
    begin(held)
    held.wait_for_selector("#timewords:text-matches('^2 s')", timeout=LONG_MS)
    held.evaluate("unplug()")
    held.wait_for_selector("#error:has-text('The microphone was lost')", timeout=LONG_MS)
    held.wait_for_selector("#list tr:has-text('take-001')", timeout=LONG_MS)
    assert held.problems == []


def test_the_pace_of_a_rushed_message_is_over_that_of_a_slow_one(desk: Any) -> None:
    paces = []
    for name in ("slow_speaker", "rushed"):
        samples, rate_hz = soundfile.read(SAMPLES / truth(name)["file"], dtype="float32")
        paces.append(
            desk.evaluate(
                """([samples, rate_hz]) => {
                  const voice = new Voice(rate_hz);
                  voice.push(Float32Array.from(samples));
                  return voice.pace();
                }""",
                [samples[2 * rate_hz : 6 * rate_hz].tolist(), rate_hz],
            )
        )
    assert paces[0] < 4.0 < paces[1]
    assert desk.evaluate("new Voice(48000).pace()") is None


def test_the_checklist_holds_the_rules_of_the_playbook_and_the_verdicts_of_the_last_take(desk: Any) -> None:
    rules = at.load_playbook("collections").rules
    desk.select_option("#playbook", "collections")
    assert set(desk.locator("#checklist li").all_text_contents()) == {rule.title for rule in rules}
    desk.select_option("#playbook", "general")
    choose(desk, "hurried_number")
    reviewed(desk, "take-001")
    assert "(missed in the last take)" in desk.inner_text("#checklist li:has-text('Say the number slowly')")


def test_r_records_and_stops_and_escape_discards_but_not_while_typing(desk: Any) -> None:
    desk.focus("#script")
    desk.keyboard.type("recorder")
    assert desk.input_value("#script") == "recorder"
    assert desk.inner_text("#recordword") == "Record"
    desk.focus("#keys")
    desk.keyboard.press("r")
    desk.wait_for_selector("#status:has-text('Recording')", timeout=LONG_MS)
    desk.keyboard.press("Escape")
    desk.wait_for_selector("#status:has-text('discarded')", timeout=LONG_MS)
    desk.keyboard.press("r")
    desk.wait_for_selector("#status:has-text('Recording')", timeout=LONG_MS)
    desk.keyboard.press("r")
    state(desk, "take-001", "General")
    desk.uncheck("#keys")
    desk.keyboard.press("r")
    assert desk.inner_text("#recordword") == "Record"


def test_a_count_in_ends_as_soon_as_it_is_cancelled(page: Any, words: Words) -> None:
    page.goto(words.address)
    page.click("#record")
    page.wait_for_selector("#count:text-is('3')", timeout=LONG_MS)
    cancelled = page.evaluate(
        """async () => { const began_ms = performance.now(); document.getElementById("cancel").click();
        const word = document.getElementById("recordword");
        while (word.textContent !== "Record") await new Promise(requestAnimationFrame);
        return performance.now() - began_ms; }"""
    )
    assert cancelled < 500


def test_record_and_drill_say_that_the_other_is_in_the_way(desk: Any) -> None:
    desk.click("#say")
    desk.wait_for_selector("#drillstatus:has-text('press Stop')", timeout=LONG_MS)
    desk.click("#record")
    desk.wait_for_selector("#status:has-text('Stop the number drill first.')")
    desk.keyboard.press("Escape")
    desk.wait_for_selector("#sayword:has-text('Say the number')", timeout=LONG_MS)
    begin(desk)
    desk.click("#say")
    desk.wait_for_selector("#drillstatus:has-text('Stop the recording first.')")
    stop(desk)


def test_no_take_begins_while_the_number_is_invalid(desk: Any) -> None:
    desk.fill("#number", "hello")
    desk.click("#record")
    assert desk.inner_text("#recordword") == "Record"
    desk.fill("#number", "(312) 555-0143")
    desk.click("#record")
    desk.wait_for_selector("#recordword:has-text('Stop')")
    desk.click("#cancel")


def test_a_denied_microphone_gives_a_card_that_says_what_to_do(browser: Any, words: Words) -> None:
    with another(browser, "--use-fake-device-for-media-stream") as strict:  # headless: nobody allows it
        page = strict.new_page(bypass_csp=True)
        page.goto(words.address)
        assert page.inner_text("#levelwords") == "the microphone is off"
        page.click("#record")
        page.wait_for_selector("#nomicrophone:has-text('no access to the microphone')", timeout=LONG_MS)
        assert "allow the microphone" in page.inner_text("#nomicrophone")
        assert page.inner_text("#recordword") == "Record"
        assert page.inner_text("#error") == ""
        assert faults(page) == []


def test_a_missing_microphone_gives_a_card_and_it_goes_once_there_is_one(page: Any, words: Words) -> None:
    page.add_init_script(
        QUICK
        + """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.missing = true;
        navigator.mediaDevices.getUserMedia = wanted => window.missing
          ? Promise.reject(new DOMException("none", "NotFoundError")) : ask(wanted);"""
    )
    page.goto(words.address)
    page.click("#record")
    page.wait_for_selector("#nomicrophone:has-text('There is no microphone')", timeout=LONG_MS)
    page.evaluate("window.missing = false")
    page.click("#nomicrophone button:text-is('Try again')")
    page.wait_for_selector("#nomicrophone", state="hidden", timeout=LONG_MS)
    page.wait_for_selector("#levelwords:has-text('dBov')", timeout=LONG_MS)


# ── nothing is lost ──────────────────────────────────────────────────────────────────────────────────


def test_the_fields_survive_a_reload_and_tabs_do_not_disturb_each_other(browser: Any, words: Words) -> None:
    context = browser.new_context()
    one, other = context.new_page(), context.new_page()
    one.goto(words.address)
    one.select_option("#playbook", "collections")
    for field in ("recipient", "script"):
        one.fill(f"#{field}", f"the first {field}")
    one.fill("#number", "312-555-0143")
    other.goto(words.address)
    assert other.input_value("#script") == "the first script"  # a new tab begins with it
    other.fill("#script", "the second script")
    one.reload()
    other.reload()
    assert one.input_value("#playbook") == "collections"
    assert one.input_value("#recipient") == "the first recipient"
    assert one.input_value("#number") == "312-555-0143"
    assert one.input_value("#script") == "the first script"
    assert other.input_value("#script") == "the second script"
    choose(one, "monotone")
    for tab in (one, other):
        state(tab, "take-001", "of 100")
    assert not other.is_visible("#message .score")  # only the tab that sent it opens it
    reviewed(one, "take-001")
    context.close()


def test_a_browser_without_a_store_records_and_reviews(page: Any, words: Words) -> None:
    page.add_init_script(
        QUICK
        + """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
          get() { throw new DOMException("denied", "SecurityError"); } });"""
    )
    page.goto(words.address)
    page.fill("#script", SCRIPT)
    choose(page, "monotone")
    reviewed(page, "take-001")


def test_a_reload_while_recording_warns_and_one_while_reviewing_shows_the_work(
    browser: Any, words: Words
) -> None:
    page = browser.new_page()
    page.add_init_script(QUICK)
    asked = dismissed(page)
    page.goto(words.address)
    begin(page)
    with page.expect_event("dialog", timeout=LONG_MS):
        page.evaluate("location.reload()")
    assert asked == ["beforeunload"]
    words.hold()
    page.wait_for_selector("#timewords:text-matches('^2 s')", timeout=LONG_MS)
    stop(page)
    state(page, "take-001", "being reviewed")
    assert page.is_visible("#work:has-text('take-001')")
    page.reload()
    page.wait_for_selector("#work:has-text('take-001')", timeout=LONG_MS)
    assert asked == ["beforeunload"]  # the take is stored
    words.go_on()
    reviewed(page, "take-001")
    page.reload()
    reviewed(page, "take-001")  # an open review opens again
    page.click("#closetake")
    page.reload()
    page.wait_for_selector("#list .open", timeout=LONG_MS)
    assert not page.is_visible("#message .score")
    page.close()


def test_takes_can_be_recorded_while_one_is_reviewed(desk: Any, words: Words) -> None:
    words.hold()
    choose(desk, "monotone")
    state(desk, "take-001", "being reviewed")
    record(desk)
    state(desk, "take-002", "waiting")
    choose(desk, "hurried_number")
    state(desk, "take-003", "waiting")
    assert "take-002: 1 take before it" in desk.inner_text("#work")
    assert "take-003: 2 takes before it" in desk.inner_text("#work")
    begin(desk)
    words.go_on()
    state(desk, "take-003", "of 100")
    assert not desk.is_visible("#message .name")  # nothing opens while a take is recorded
    desk.click("#cancel")
    reviewed(desk, "take-003")
    assert not desk.is_visible("#work")


@pytest.mark.parametrize(
    ("engine", "says"),
    [("loading", "Whisper is loading"), ("failed", "Whisper cannot be used: no weights")],
)
def test_the_page_says_what_the_engine_does(page: Any, words: Words, engine: str, says: str) -> None:
    take = {"name": "take-001", "state": "queued", "ahead": 0, "points": None, "score": "", "error": ""}
    about = {"playbook": "general", "recipient": "", "recorded_at": "2026-03-01T09:00:00+00:00"}
    answer = {"takes": [{**take, **about}], "engine": engine, "engine_error": "no weights"}
    page.route("**/takes*", lambda route: route.fulfill(json=answer))
    page.goto(words.address)
    page.wait_for_selector(f"#work:has-text('{says}')", timeout=LONG_MS)


def test_an_unsent_recording_stays_on_the_page_to_be_sent_again_or_saved(
    page: Any, start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    page.add_init_script(QUICK)
    page.goto(server.address)
    away = server.folder.rename(tmp_path / "away")
    page.fill("#script", "Hello")
    record(page, 2)
    page.wait_for_selector("#unsent li", timeout=LONG_MS)
    why = f"{server.folder}: the recording cannot be kept: No such file or directory"
    assert why in page.inner_text("#error")
    assert why in page.inner_text("#unsent li")
    with page.expect_download() as saved:
        page.click("#unsent >> text=Save to a file")
    copy = tmp_path / "saved.webm"
    saved.value.save_as(copy)
    assert saved.value.suggested_filename.startswith("recording-")
    assert saved.value.suggested_filename.endswith(".webm")
    assert 1.5 < at.read_audio(copy).duration_s < 10.0
    page.click("#unsent button:text('Send again')")  # the disk is still away
    page.wait_for_selector("#unsent li button:enabled", timeout=LONG_MS)
    assert page.locator("#unsent li").count() == 1
    page.fill("#script", "Good evening")
    record(page)
    page.wait_for_selector("#unsent li >> nth=1", timeout=LONG_MS)
    away.rename(server.folder)
    page.click("#unsent button:text('Send again') >> nth=0")
    reviewed(page, "take-001")
    assert page.locator("#unsent li").count() == 1
    assert (server.folder / "take-001.webm").read_bytes() == copy.read_bytes()
    assert read_brief(server.folder / "take-001.toml").script == "Hello"  # what it was recorded with
    page.click("#unsent >> text=Discard")
    assert not page.is_visible("#unsent")
    server.end()
    record(page)
    page.wait_for_selector("#unsent li", timeout=LONG_MS)
    assert "the server does not answer" in page.inner_text("#unsent li")
    with page.expect_download() as saved:
        page.click("#unsent >> text=Save to a file")
    saved.value.save_as(copy)
    assert at.read_audio(copy).duration_s > 0.5


def test_the_page_asks_before_it_is_closed_with_an_unsent_recording(
    browser: Any, start: Callable[..., Server]
) -> None:
    server = start()
    page = browser.new_page(bypass_csp=True)
    page.add_init_script(QUICK)
    asked = dismissed(page)
    page.goto(server.address)
    shutil.rmtree(server.folder)
    record(page)
    page.wait_for_selector("#unsent li", timeout=LONG_MS)
    with page.expect_event("dialog", timeout=LONG_MS):
        page.evaluate("location.reload()")
    assert asked == ["beforeunload"]
    assert page.locator("#unsent li").count() == 1
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(page) == []
    page.close()


# ── after a take ─────────────────────────────────────────────────────────────────────────────────────


def test_a_silent_take_gives_one_card_with_retry_and_delete(desk: Any, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(48_000), 16_000)
    desk.set_input_files("#file", tmp_path / "silence.wav")
    card = desk.wait_for_selector(
        "#silence:has-text('Nothing was heard: check the microphone')", timeout=LONG_MS
    )
    state(desk, "take-001", "nothing heard")
    assert card.query_selector_all("button")[0].inner_text() == "Retry"
    assert not desk.is_visible("#message .score")
    assert not desk.is_visible("#comparison")
    desk.click("#silence >> text=Retry")
    desk.wait_for_selector("#status:has-text('Recording')", timeout=LONG_MS)
    assert not desk.is_visible("#silence")
    desk.click("#cancel")
    desk.click("#list .open")
    desk.click("#silence >> text=Delete")
    desk.wait_for_selector("#status:has-text('take-001 was deleted')", timeout=LONG_MS)
    assert not desk.is_visible("#silence")


def test_a_failed_take_says_why_and_can_be_tried_again_or_deleted(
    desk: Any, words: Words, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("Call Mary about the furnace.")
    desk.set_input_files("#file", tmp_path / "notes.txt")
    desk.wait_for_selector("#silence:has-text('take-001 has no review')", timeout=LONG_MS)
    assert "holds text" in desk.inner_text("#silence")
    state(desk, "take-001", "no review")
    kept = next(words.folder.glob("take-001.[!t]*"))
    kept.write_bytes(sample("monotone"))  # somebody mends the file
    desk.click("#silence >> text=Try again")
    reviewed(desk, "take-001")
    desk.click("[aria-label='Delete take-001']")
    desk.wait_for_selector("#status:has-text('deleted')", timeout=LONG_MS)
    assert list(words.folder.glob("take-*")) == []


def test_the_script_is_set_against_what_was_said(desk: Any) -> None:
    desk.fill("#script", SCRIPT)
    choose(desk, "hurried_number")
    reviewed(desk, "take-001")
    diff = desk.locator("#difference .diff")
    left_out = diff.locator("del").first
    assert "your friend" in left_out.inner_text()
    assert "line-through" in left_out.evaluate("element => getComputedStyle(element).textDecorationLine")
    added = diff.locator("ins.added, ins.changed").first  # marked by a sign, not by colour alone
    assert (
        added.evaluate("element => getComputedStyle(element, '::before').content").strip('"').strip() in "+→"
    )
    assert "Places that differ" in desk.inner_text("#difference")
    start_s = float(added.get_attribute("data-start"))
    added.click()  # its place is played
    desk.wait_for_selector(
        f".miniplayer input[aria-valuetext^='{start_s - start_s % 1:.0f}.']", timeout=LONG_MS
    )


def test_the_rewritten_message_becomes_the_script_and_can_be_undone(desk: Any) -> None:
    desk.fill("#script", "My own words")
    answers: list[dict[str, Any]] = []

    def with_rewrite(route: Any) -> None:
        answer = route.fetch().json()
        parts = [["Hi Linda, this is ", "", False], ["your name", "caller", True], [".", "", False]]
        if answer["message"]:
            answer["message"]["rewrite"] = parts
            answer["spoken"] = "/takes/take-001/spoken"
        answers.append(answer)
        route.fulfill(json=answer)

    desk.route("**/takes/take-001*", with_rewrite)
    choose(desk, "hurried_number")
    reviewed(desk, "take-001")
    assert answers
    assert desk.is_visible("button:text('Hear it spoken')")
    desk.click("text=Use as my script")
    assert desk.input_value("#script") == "Hi Linda, this is [your name]."
    desk.click("#brought >> text=Undo")
    assert desk.input_value("#script") == "My own words"


def test_takes_are_compared_and_an_old_one_brings_its_brief_back(desk: Any, words: Words) -> None:
    desk.fill("#recipient", "Linda")
    desk.fill("#script", SCRIPT)
    for place, name in enumerate(("hurried_number", "number_twice_slowly", "monotone"), 1):
        choose(desk, name)
        reviewed(desk, f"take-00{place}")
    heads = desk.locator("#comparison thead th").all_inner_texts()[1:]
    points = [take["points"] for take in words.ask("GET", "/takes")[1]["takes"]]
    best = 3 - points[::-1].index(max(points))
    assert "take-003" in heads[0]
    assert heads[0].startswith("Last")
    assert any(f"take-00{best}" in head and "best" in head.lower() for head in heads)
    assert any("take-002" in head and "previous" in head.lower() for head in heads)
    shown = desk.locator("#comparison thead .points").all_inner_texts()
    assert shown[0].startswith(str(points[2]))
    assert desk.locator("#comparison svg.history circle").count() == 3
    label = desk.get_attribute("#comparison svg.history", "aria-label")
    assert label.startswith(f"Scores of 3 takes: from {points[0]} (today")
    top = [desk.locator(each).bounding_box()["y"] for each in ("#comparison", "#difference", "#message")]
    assert top == sorted(top)
    desk.fill("#script", "Something else")
    desk.fill("#recipient", "Bob")
    desk.click("#list .open:text('take-001')")
    reviewed(desk, "take-001")
    assert desk.input_value("#script") == SCRIPT
    assert desk.input_value("#recipient") == "Linda"
    assert "of take-001 are in the fields" in desk.inner_text("#brought")
    desk.click("#brought >> text=Undo")
    assert desk.input_value("#script") == "Something else"
    assert desk.input_value("#recipient") == "Bob"


def test_a_take_that_another_tab_deletes_is_closed(desk: Any, words: Words) -> None:
    choose(desk, "number_once")
    reviewed(desk, "take-001")
    words.ask("DELETE", "/takes/take-001")
    desk.wait_for_selector("#status:has-text('take-001 was deleted.')", timeout=LONG_MS)
    assert desk.locator("#message .name").count() == 0


def test_the_notice_names_the_take_that_is_open(desk: Any, words: Words) -> None:
    for name in ("take-001", "take-002"):
        words.send("a.flac", sample("number_once"), script="Hello.")
        words.ended(name)
    desk.fill("#script", "Mine.")
    for name in ("take-001", "take-002"):
        desk.click(f".open[data-take='{name}']", timeout=LONG_MS)
        desk.wait_for_selector(f"#brought:has-text('of {name} are in the fields')", timeout=LONG_MS)
    desk.click("#brought button")
    assert desk.input_value("#script") == "Mine."


def test_a_time_has_no_zero_before_its_hour(browser: Any, words: Words) -> None:
    page = browser.new_page(locale="en-US")
    page.goto(words.address)
    assert page.evaluate("Page.when('2020-01-05T01:05:00')").replace("\u202f", " ") == "Jan 5, 1:05 AM"
    page.close()


def test_the_length_of_a_long_script_is_in_minutes(desk: Any) -> None:
    desk.fill("#script", "word " * 175)
    assert "175 words: about 75 s" in desk.inner_text("#length")
    desk.fill("#script", "word " * 1400)
    assert "1400 words: about 10 min" in desk.inner_text("#length")


def test_twenty_five_takes_stay_usable(browser: Any, words: Words) -> None:
    brief = Brief(recipient="Linda", script=SCRIPT, playbook="general")
    outcomes = [sample_outcome(name) for name in NAMES]
    for number in range(1, 26):
        audio = words.folder / f"take-{number:03d}.flac"
        outcome = outcomes[number % len(outcomes)]
        shutil.copy(outcome.path, audio)
        moment = datetime(2026, 3, 1, 9) + timedelta(hours=9 * number)
        import os

        os.utime(audio, (moment.timestamp(),) * 2)
        audio.with_suffix(".toml").write_text(brief_toml(brief))
        write_report([Outcome(audio, outcome.review)], audio.with_name(f"take-{number:03d}.review.json"))
    page = browser.new_page(bypass_csp=True, viewport={"width": 390, "height": 844})
    page.goto(words.address)
    page.wait_for_selector("#list tr >> nth=24", timeout=LONG_MS)
    assert page.locator("#list .open").first.inner_text() == "take-025"
    page.click("#list .open >> nth=0")
    reviewed(page, "take-025")
    assert page.locator("#comparison thead th").count() <= 4
    assert page.locator("#comparison svg.history circle").count() == 25
    assert page.locator("#takes .scroll").bounding_box()["height"] < 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(page) == []
    page.click("#comparison summary:text('As a table')")
    page.click("#comparison .link:text('take-007')")
    reviewed(page, "take-007")
    page.close()


# ── the number drill ─────────────────────────────────────────────────────────────────────────────────


def test_the_drill_shows_pace_groups_and_wrong_digits_and_keeps_the_tries(desk: Any) -> None:
    desk.route("**/drill*", lambda route: route.fulfill(json=DRILLED))
    desk.fill("#number", "858-555-0132")
    assert desk.locator("#tosay .group").all_inner_texts() == ["858", "555", "0132"]
    for count in (1, 2):
        desk.click("#say")
        desk.wait_for_selector("#drillstatus:has-text('press Stop')", timeout=LONG_MS)
        desk.click("#say")
        desk.wait_for_selector(f"#drillstatus:has-text('Try {count}:')", timeout=LONG_MS)
    assert desk.inner_text("#sayword") == "Again"
    assert desk.locator("#drillresult .group").count() == 3
    assert desk.locator("#drillresult mark").all_inner_texts()[0].endswith("1")
    found = desk.inner_text("#drillresult")
    assert "3.1 digits a second (at most 2)" in found
    assert "not the digits to say" in found
    assert desk.locator("#tries li").count() == 2
    assert desk.locator("#list tr").count() == 0  # a drill is no take


@pytest.mark.parametrize(
    ("number", "groups", "in_script"),
    [
        ("1-800-FLOWERS", ["1", "800", "3569377"], "1 800 3569377"),
        ("312-555-0143 ext. 12", ["312", "555", "0143"], "312 555 0143, extension 12"),
        ("+44 (0)20 7946 0958 x3", ["44", "20", "7946", "0958"], "44 20 7946 0958, extension 3"),
    ],
)
def test_the_digits_to_say_are_those_of_the_number(
    desk: Any, number: str, groups: list[str], in_script: str
) -> None:
    desk.fill("#number", number)
    assert desk.locator("#tosay .group").all_inner_texts() == groups
    desk.click("#template")
    assert f"My number is {in_script}." in desk.input_value("#script")


def test_a_drill_counts_the_digits_that_the_number_has(desk: Any) -> None:
    short = DRILLED | {"digits": "858555011", "groups": ["858555011"], "differing": []}
    desk.route("**/drill*", lambda route: route.fulfill(json=short))
    desk.fill("#number", "+1 858-555-0132 ext. 12")
    desk.click("#say")
    desk.wait_for_selector("#drillstatus:has-text('press Stop')", timeout=LONG_MS)
    desk.click("#say")
    desk.wait_for_selector("#drillresult:has-text('9 digits in place of 10')", timeout=LONG_MS)


@pytest.mark.slow
def test_a_number_is_recorded_and_judged_with_whisper(
    browser: Any, start: Callable[..., Server], tmp_path: Path
) -> None:
    from aftertone.errors import ModelNotFoundError
    from aftertone.recognition.weights import weights_folder

    try:
        weights_folder(None, "auto", may_fetch=False)
    except ModelNotFoundError:
        pytest.skip("Whisper's weights are not installed")
    said = truth("number_twice_slowly")
    digits = [each for each in said["digits"] if each["reading"] == 1]
    samples, rate_hz = soundfile.read(SAMPLES / said["file"])
    start_s, end_s = digits[0]["start_s"] - 0.3, digits[-1]["end_s"] + 0.4
    number = tmp_path / "number.wav"
    quiet = np.random.default_rng(0).normal(0, 1e-4, rate_hz)
    part = samples[round(start_s * rate_hz) : round(end_s * rate_hz)]
    soundfile.write(number, np.concatenate([quiet, part, quiet]), rate_hz, subtype="PCM_16")
    server = start("--engine", "whisper", "--offline")
    with another(
        browser,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={number}%noloop",
    ) as speaking:
        page = speaking.new_page()
        page.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' });")
        page.goto(server.address)
        page.fill("#number", said["number"]["digits"])
        page.click("#say")
        page.wait_for_selector(f"#saycount:text-matches('^{round(end_s - start_s) + 2} s')", timeout=LONG_MS)
        page.click("#say")
        page.wait_for_selector("#drillresult .result", timeout=LONG_MS)
        assert "the right digits" in page.inner_text("#drillresult")
        choose(page, "number_twice_slowly")
        reviewed(page, "take-001")
        heard = page.inner_text("#message .heard")
        assert "".join(filter(str.isdigit, heard)).startswith(said["number"]["digits"])


# ── everyone can use it ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 1300), ("light", 390)])
def test_no_state_of_the_page_has_a_serious_fault(
    browser: Any, words: Words, tmp_path: Path, scheme: str, width: int
) -> None:
    page = browser.new_page(
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.add_init_script(QUICK)
    page.goto(words.address)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name].append("wider than the window")

    look("empty")
    page.fill("#number", "858-555-0132")
    page.fill("#script", SCRIPT + " [your name]")
    words.hold()
    begin(page)
    look("recording")
    page.click("#cancel")
    choose(page, "hurried_number")
    state(page, "take-001", "being reviewed")
    look("being reviewed")
    words.go_on()
    reviewed(page, "take-001")
    choose(page, "monotone")
    reviewed(page, "take-002")
    page.route("**/drill*", lambda route: route.fulfill(json=DRILLED))
    page.click("#say")
    page.wait_for_selector("#drillstatus:has-text('press Stop')", timeout=LONG_MS)
    page.click("#say")
    page.wait_for_selector("#drillresult .result", timeout=LONG_MS)
    look("comparison and drill")
    soundfile.write(tmp_path / "silence.wav", np.zeros(48_000), 16_000)
    page.set_input_files("#file", tmp_path / "silence.wav")
    page.wait_for_selector("#silence:has-text('Nothing was heard')", timeout=LONG_MS)
    look("silent")
    page.close()
    assert [fault for each in found.values() for fault in each] == []


def test_the_option_open_leads_to_the_page(
    page: Any, start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "true")  # the command, which does nothing
    server = start("--open")
    pointer = server.folder / ".aftertone-open.html"
    while not pointer.exists():
        assert server.process.poll() is None
    page.goto(pointer.as_uri())
    page.wait_for_url(server.address)
    page.wait_for_selector("#record")
    assert page.inner_text("#error") == ""
