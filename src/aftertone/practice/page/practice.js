"use strict";
// The practice page: record or drop a message, wait for its review, compare takes.
const Practice = (() => {
  const { make, show } = Aftertone;
  const { data, at, call, when } = Page;
  const COUNT_FROM = 3;
  const BUSY_MS = 100; // between two looks at takes that wait for their review
  const IDLE_MS = 2000; // else: another tab may have recorded one
  const SUFFIXES = { "audio/webm": ".webm", "audio/ogg": ".ogg", "audio/mp4": ".m4a" };
  const unsent = new Set(); // recordings that only this page holds
  let recording = null;
  let takes = [];
  let shown = null; // the open take: { name, review }

  const showStatus = text => { at("status").textContent = text; };
  const showError = text => { at("error").textContent = text; };
  const isRecording = () => recording !== null || Drill.isRecording();

  async function attempt(what) {
    showError("");
    try {
      await what();
    } catch (error) {
      showError(error.message);
    }
  }

  // ── recording ───────────────────────────────────────────────────────────────────────────────────

  async function record() {
    showError("");
    if (recording) return recording.stop();
    if (Drill.isRecording()) return showStatus("Stop the number drill first.");
    if (!at("number").reportValidity()) return; // the server refuses a wrong number
    const brief = Desk.values();
    const state = {};
    const cancelled = new Promise(done => { state.stop = state.cancel = () => { state.isCancelled = true; done(); }; });
    recording = state;
    const isCancelled = () => state.isCancelled;
    at("recordword").textContent = "Stop";
    at("cancel").hidden = false;
    let sound = null;
    let isLost = false;
    hush();
    try {
      showStatus("Opening the microphone…");
      await Microphone.open();
      at("nomicrophone").hidden = true;
      Desk.startPrompter();
      at("desk").scrollIntoView({ block: "start" });
      for (let left = COUNT_FROM; left > 0 && !isCancelled(); left -= 1) {
        at("count").textContent = String(left);
        showStatus(`Speak after the beep: ${left}`);
        await Promise.race([Microphone.wait(1000), cancelled]);
      }
      if (!isCancelled()) {
        at("count").textContent = "♪";
        await Microphone.beep();
      }
      if (!isCancelled()) {
        Object.assign(state, Microphone.record(data.most_recorded_s, tick));
        at("booth").classList.add("live");
        showStatus("Recording: press Stop to finish.");
        sound = await state.sound;
        isLost = !Microphone.isOpen();
      }
    } catch (error) {
      showStatus("");
      if (!showMicrophone(error)) showError(error.message);
      state.failed = true;
    } finally {
      recording = null;
      Desk.stopPrompter();
      Desk.showTime(0);
      at("booth").classList.remove("live");
      at("count").textContent = "";
      at("recordword").textContent = "Record";
      at("cancel").hidden = true;
      settleMicrophone();
    }
    if (sound) {
      await send(keep(sound, brief));
      if (isLost) showError("The microphone was lost: the recording ends there.");
    } else if (!state.failed) showStatus("The recording was discarded.");
    await look();
  }

  /** Nothing plays into the microphone. */
  function hush() {
    if (shown && shown.review) shown.review.pause();
    for (const each of document.querySelectorAll("audio")) each.pause();
  }

  function tick(s) {
    at("count").textContent = Page.clock(s);
    Desk.showTime(s);
    Desk.movePrompter(s);
  }

  function cancel() {
    if (recording) recording.cancel();
    Drill.cancel();
  }

  // ── the microphone ──────────────────────────────────────────────────────────────────────────────

  const MICROPHONE = {
    NotAllowedError: ["The browser has no access to the microphone", "Click the icon beside the address of this page, and allow the microphone. Then try again. On a telephone or a Mac, the privacy settings of the system must allow it, too."],
    NotFoundError: ["There is no microphone", "Plug one in, or choose it in the settings of the system, then try again."],
    NotReadableError: ["The microphone is in use", "Another program uses it. Close that program, then try again."],
    NotSupportedError: ["This browser cannot record here", "Record with another program, then choose the recording here."],
  };

  /** Say what to do about an error of the microphone; false for another error. */
  function showMicrophone(error) {
    const known = MICROPHONE[error.name];
    if (!known) return false;
    const [title, what] = known;
    at("nomicrophone").hidden = false;
    at("nomicrophone").scrollIntoView({ block: "nearest" });
    at("nomicrophone").replaceChildren(
      make("h3", {}, title), make("p", {}, what),
      make("p", { class: "actions" }, make("button", { type: "button", onclick: check }, "Try again"), make("button", { type: "button", onclick: () => at("file").click() }, "Choose a recording")));
    return true;
  }

  async function check() {
    try {
      await Microphone.open();
      at("nomicrophone").hidden = true;
    } catch (error) {
      if (!showMicrophone(error)) showError(error.message);
    }
  }

  let isChecking = true; // the level is wanted before recording, too

  /** Leave the microphone open for its level if the browser allows it anyway and the page is in view. */
  async function settleMicrophone() {
    if (isRecording()) return;
    if (isChecking && !document.hidden && await Microphone.isAllowed()) return check();
    if (!isRecording()) Microphone.close();
  }

  Microphone.listen(voice => {
    Desk.showLevel(voice);
    Desk.showPace(recording && recording.sound ? voice : null);
  });
  at("check").addEventListener("click", () => {
    isChecking = !Microphone.isOpen();
    if (isChecking) check();
    else settleMicrophone();
  });
  document.addEventListener("visibilitychange", settleMicrophone);

  // ── recordings that the server has not stored yet ───────────────────────────────────────────────

  function keep(blob, brief, name = "") {
    const now = new Date();
    const clock = new Date(now - 60000 * now.getTimezoneOffset()).toISOString().slice(0, 19).replaceAll(":", "-");
    const take = { blob, brief, name: name || `recording-${clock}${SUFFIXES[blob.type.split(";")[0]] ?? ".webm"}`, link: URL.createObjectURL(blob), isSending: false, why: "" };
    unsent.add(take);
    return take;
  }

  async function send(take) {
    showError("");
    showStatus("Storing the recording…");
    Object.assign(take, { isSending: true, why: "" });
    showUnsent();
    try {
      if (take.blob.size > data.most_bytes) throw new Error(data.too_large);
      const form = new FormData();
      for (const [field, text] of Object.entries(take.brief)) form.append(field, text);
      form.append("audio", take.blob, take.name);
      const { take: stored } = await call("/takes", { method: "POST", body: form });
      forget(take);
      if (!recording) showStatus(`${stored.name} is stored.`);
      awaitTake(stored.name);
    } catch (error) {
      if (!recording) showStatus("");
      showError(error.message);
      take.why = error.message;
      if (error.kept) forget(take);
    } finally {
      take.isSending = false;
      showUnsent();
      look();
    }
  }

  function forget(take) {
    if (unsent.delete(take)) URL.revokeObjectURL(take.link);
  }

  function showUnsent() {
    const waiting = [...unsent].filter(take => !take.isSending || take.wasShown);
    for (const take of waiting) take.wasShown = true;
    at("unsent").hidden = !waiting.length;
    at("waiting").replaceChildren(...waiting.map(take => make("li", {},
      make("p", {}, make("strong", {}, take.name), take.why ? `: ${take.why}` : ""),
      make("audio", { controls: true, src: take.link, "aria-label": take.name }),
      make("p", { class: "actions" },
        make("button", { type: "button", disabled: take.isSending, onclick: () => send(take) }, "Send again"),
        make("a", { class: "button", href: take.link, download: take.name }, "Save to a file"),
        make("button", { type: "button", class: "delete", onclick: () => discard(take) }, "Discard")))));
  }

  function discard(take) {
    if (!confirm(`Discard ${take.name}? No other copy is kept.`)) return;
    forget(take);
    showUnsent();
    at("record").focus();
  }

  window.addEventListener("beforeunload", event => {
    if (isRecording() || unsent.size) event.preventDefault();
  });

  // ── looking at the takes again and again ────────────────────────────────────────────────────────

  // The take that this tab opens once it is reviewed; a reload does not forget it.
  const awaitTake = name => Page.remember("awaited", name, false);

  const isWaiting = take => take.state === "queued" || take.state === "reviewing";
  let timer = 0;
  let looks = 0;
  let seen = "";

  async function look() {
    clearTimeout(timer);
    const turn = looks += 1;
    let answer = null;
    try {
      answer = await call("/takes");
    } catch (error) {
      if (turn === looks && takes.some(isWaiting)) showError(error.message);
    }
    if (turn !== looks) return; // a later look has the word
    if (answer) {
      takes = answer.takes;
      const now = JSON.stringify(answer);
      if (now !== seen) showTakes(answer);
      seen = now;
      if (shown && !takes.some(take => take.name === shown.name)) {
        if (!isRecording()) showStatus(`${shown.name} was deleted.`);
        close();
      }
      const name = Page.remembered("awaited");
      const take = takes.find(each => each.name === name);
      if (name && !take) awaitTake("");
      else if (take && !isWaiting(take) && !isRecording()) {
        awaitTake("");
        await attempt(() => open(name));
      }
    }
    if (turn === looks) timer = setTimeout(look, takes.some(isWaiting) ? BUSY_MS : IDLE_MS);
  }

  const STATES = { queued: "waiting", reviewing: "being reviewed", silent: "nothing heard", failed: "no review" };

  function showTakes({ engine, engine_error }) {
    const waiting = takes.filter(isWaiting);
    at("work").hidden = !waiting.length;
    at("queue").replaceChildren(...waiting.map(take => make("li", { class: take.state }, make("span", { class: "spinner", "aria-hidden": "true" }),
      make("span", {}, make("strong", {}, take.name), take.state === "reviewing" ? (engine === "loading" ? ": next, when Whisper is loaded" : ": the words and the sound are measured now") : `: ${take.ahead === 1 ? "1 take" : `${take.ahead} takes`} before it`))));
    at("engine").textContent = engine === "failed" ? `Whisper cannot be used: ${engine_error}` : !waiting.length ? "" : engine === "loading" ? "Whisper is loading. This happens once, when the server starts." : "You can record the next take now.";
    if (engine === "failed") at("work").hidden = false;
    at("takes").hidden = at("jump").hidden = !takes.length;
    at("jump").textContent = `Takes (${takes.length})`;
    const focused = document.activeElement && document.activeElement.dataset.take;
    at("list").replaceChildren(...[...takes].reverse().map(row));
    if (focused) at("list").querySelector(`.open[data-take="${focused}"]`)?.focus();
  }

  function row(take) {
    const score = STATES[take.state] ? [STATES[take.state]] : take.points == null ? ["no score"] : [take.score, make("span", { class: "broad" }, " of 100")];
    const title = (data.playbooks[take.playbook] ?? { title: take.playbook }).title;
    return make("tr", { class: shown && shown.name === take.name ? "shown" : "" },
      make("th", { scope: "row" }, make("button", { type: "button", class: "open link", "data-take": take.name, onclick: () => attempt(() => open(take.name, true)) }, take.name)),
      make("td", {}, ...score),
      make("td", {}, when(take.recorded_at)),
      make("td", {}, [title, take.recipient].filter(Boolean).join(", ")),
      make("td", {}, make("button", { type: "button", class: "delete small", "aria-label": `Delete ${take.name}`, onclick: () => remove(take.name) }, make("span", { class: "broad" }, "Delete"), make("span", { class: "narrow" }, "✕"))));
  }

  const remove = name => attempt(async () => {
    if (!confirm(`Delete ${name} with its review?`)) return;
    await call(`/takes/${name}`, { method: "DELETE" });
    if (shown && shown.name === name) close();
    await look();
    showStatus(`${name} was deleted.`);
  });

  // ── the open take ───────────────────────────────────────────────────────────────────────────────

  function close() {
    if (shown && shown.review) shown.review.close();
    shown = null;
    Page.remember("shown", "", false);
    at("message").replaceChildren();
    for (const id of ["again", "silence", "comparison", "difference"]) at(id).hidden = true;
    for (const each of at("list").querySelectorAll(".shown")) each.classList.remove("shown");
  }

  /** Show a take. With `withBrief` its script, recipient, number and playbook come back to the fields. */
  async function open(name, withBrief = false) {
    const { take, brief, message, differences, comparison, spoken } = await call(`/takes/${name}`);
    close();
    shown = { name, review: null };
    Page.remember("shown", name, false);
    if (withBrief && !isRecording()) Desk.replace(brief, `The script, recipient, number and playbook of ${name} are in the fields.`);
    if (message) {
      const place = make("section");
      at("message").append(place);
      const actions = { useScript: text => Desk.replace({ ...Desk.values(), script: text }, "The rewritten message is your script now. Fill in any blanks in [brackets].") };
      if (spoken) actions.speak = spoken;
      shown.review = show(place, message, { heading: "h2", actions });
      Comparison.show(at("comparison"), comparison, other => attempt(() => open(other, true)));
      Comparison.showDifferences(at("difference"), differences, shown.review.play);
      Desk.showChecklist(take.playbook, Object.fromEntries(message.findings.map(({ title, verdict }) => [title, verdict])));
    } else showWithout(take);
    for (const each of at("list").querySelectorAll("tr")) each.classList.toggle("shown", each.querySelector(".open").dataset.take === name);
    at("again").hidden = !message;
    if (!isRecording()) {
      [...at("results").querySelectorAll("h2")].find(each => each.checkVisibility())?.focus({ preventScroll: true });
      at("results").scrollIntoView();
    }
    showStatus(message ? `The review of ${name} is below.` : "");
  }

  /** The card of a take that has no review. */
  function showWithout(take) {
    const remaining = make("button", { type: "button", class: "delete", onclick: () => remove(take.name) }, "Delete");
    const again = async () => {
      const { take: queued } = await call(`/takes/${take.name}/review`, { method: "POST" });
      close();
      awaitTake(queued.name);
      await look();
    };
    const [title, text, action] = {
      silent: ["Nothing was heard: check the microphone", `${take.name} has no speech. Look at the loudness below Record while you speak: it must say “good”.`, make("button", { type: "button", onclick: retry }, "Retry")],
      failed: [`${take.name} has no review`, take.error, make("button", { type: "button", onclick: () => attempt(again) }, "Try again")],
    }[take.state] ?? [`${take.name} is ${STATES[take.state]}`, "It opens here when its review is ready.", ""];
    if (isWaiting(take)) awaitTake(take.name);
    at("silence").hidden = false;
    at("silence").replaceChildren(make("h2", { id: "silent", tabindex: "-1" }, title), make("p", {}, text),
      make("audio", { controls: true, preload: "none", src: `/takes/${take.name}/audio${data.query}`, "aria-label": take.name }),
      make("p", { class: "actions" }, action, remaining));
  }

  function retry() {
    close();
    record();
  }

  // ── buttons, keys and dropped files ───────────────────────────────────────────────────────────

  at("record").addEventListener("click", record);
  at("recordagain").addEventListener("click", record);
  at("closetake").addEventListener("click", () => { close(); at("record").focus(); });
  at("cancel").addEventListener("click", cancel);
  document.addEventListener("keydown", event => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!at("keys").checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === "Escape" && isRecording()) cancel();
    else if (event.key.toLowerCase() === "r" && !isTyping) record();
  });
  at("keys").checked = Page.remembered("keys") !== "off";
  at("keys").addEventListener("change", () => Page.remember("keys", at("keys").checked ? "on" : "off"));
  const choose = file => file && at("number").reportValidity() && send(keep(file, Desk.values(), file.name));
  at("file").addEventListener("change", () => {
    choose(at("file").files[0]);
    at("file").value = "";
  });
  const desk = at("desk");
  desk.addEventListener("dragover", event => { event.preventDefault(); desk.classList.add("dropping"); });
  desk.addEventListener("dragleave", () => desk.classList.remove("dropping"));
  desk.addEventListener("drop", event => {
    event.preventDefault();
    desk.classList.remove("dropping");
    choose(event.dataTransfer.files[0]);
  });

  /** After a reload: the takes, and the one that was open. */
  async function begin() {
    const name = Page.remembered("shown");
    await look();
    if (name && !shown && takes.some(take => take.name === name)) await attempt(() => open(name));
  }

  Desk.start();
  begin();
  settleMicrophone();
  return { isRecording, hush, showMicrophone, settleMicrophone };
})();
