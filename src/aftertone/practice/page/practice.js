"use strict";
// The practice page: record or drop a message, see its review, compare takes.
(() => {
  const { make, show } = Aftertone;
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const COUNT_FROM = 3;
  const BEEP_HZ = 1000; // like an answering machine: about 1 kHz for half a second
  const BEEP_S = 0.5;
  const SUFFIXES = { "audio/webm": ".webm", "audio/ogg": ".ogg", "audio/mp4": ".m4a" };
  const unsent = new Set(); // recordings that only this page holds
  let recording = null;
  let isSending = false;
  let shown = null;

  const showStatus = text => { at("status").textContent = text; };
  const showError = text => { at("error").textContent = text; };
  const wait = ms => new Promise(done => setTimeout(done, ms));

  async function call(path, options) {
    let response;
    let answer;
    try {
      response = await fetch(path + data.query, options);
    } catch {
      throw new Error("the server does not answer; is “aftertone serve” still running?");
    }
    try {
      answer = await response.json();
    } catch {
      throw new Error(`the answer ${response.status} of the server is incomplete`);
    }
    if (!response.ok) throw Object.assign(new Error(answer.error), { kept: answer.kept });
    return answer;
  }

  // ── recording ───────────────────────────────────────────────────────────────────────────────────

  async function record() {
    showError("");
    if (recording) return recording.stop();
    if (!at("number").reportValidity()) return; // the server refuses a take with a wrong number
    const state = { stop: () => { state.cancelled = true; } };
    recording = state;
    at("record").textContent = "■ Stop";
    at("cancel").hidden = false;
    let stream = null;
    let context = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
      context = new AudioContext();
      for (let left = COUNT_FROM; left > 0 && !state.cancelled; left -= 1) {
        at("count").textContent = String(left);
        showStatus(`Speak after the beep: ${left}`);
        await wait(1000);
      }
      if (!state.cancelled) await beep(context);
      if (!state.cancelled) await capture(stream, state);
    } catch (error) {
      showError(error.name === "NotAllowedError" ? "The browser has no access to the microphone: allow it, or choose a recording." : error.name === "NotFoundError" ? "There is no microphone; choose a recording." : error.message);
      showStatus("");
    } finally {
      if (stream) stream.getTracks().forEach(track => track.stop());
      if (context) context.close();
      at("count").textContent = "";
      at("record").textContent = "● Record";
      at("cancel").hidden = true;
      recording = null;
    }
    if (state.cancelled) return showStatus("The recording was discarded.");
    if (!state.blob) return;
    const now = new Date();
    const clock = new Date(now - 60000 * now.getTimezoneOffset()).toISOString().slice(0, 19).replaceAll(":", "-");
    const name = `recording-${clock}${SUFFIXES[state.blob.type.split(";")[0]] ?? ".webm"}`;
    const take = { blob: state.blob, name, link: URL.createObjectURL(state.blob) };
    unsent.add(take);
    await send(take);
  }

  async function beep(context) {
    at("count").textContent = "♪";
    const tone = new OscillatorNode(context, { frequency: BEEP_HZ });
    const gain = new GainNode(context, { gain: 0.2 });
    tone.connect(gain).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + BEEP_S);
    await wait(1000 * BEEP_S);
  }

  function capture(stream, state) {
    return new Promise((done, failed) => {
      const pieces = [];
      const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 128000 });
      const began = performance.now();
      const tick = setInterval(() => {
        const s = (performance.now() - began) / 1000;
        at("count").textContent = `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
        if (s >= data.most_recorded_s) recorder.stop();
      }, 200);
      recorder.ondataavailable = event => pieces.push(event.data);
      recorder.onerror = event => failed(event.error ?? new Error("the recording failed"));
      recorder.onstop = () => {
        clearInterval(tick);
        if (!state.cancelled) state.blob = new Blob(pieces, { type: recorder.mimeType });
        done();
      };
      state.stop = () => recorder.state !== "inactive" && recorder.stop();
      recorder.start();
      showStatus("Recording: press Stop to finish.");
    });
  }

  function cancel() {
    if (!recording) return;
    recording.cancelled = true;
    recording.stop();
  }

  async function send(take) {
    if (!at("number").reportValidity()) return showUnsent();
    showError("");
    showStatus("Reviewing…");
    isSending = true;
    take.why = "";
    at("record").disabled = true;
    showUnsent();
    try {
      if (take.blob.size > data.most_bytes) throw new Error(data.too_large);
      const form = new FormData();
      for (const field of ["playbook", "recipient", "number", "script"]) form.append(field, at(field).value);
      form.append("audio", take.blob, take.name);
      const answer = await call("/takes", { method: "POST", body: form });
      forget(take);
      open(answer);
      showStatus("The review is below.");
      await list();
    } catch (error) {
      showStatus("");
      showError(error.message);
      take.why = error.message;
      if (error.kept) {
        forget(take);
        await list().catch(() => {}); // the first error is shown
      }
    } finally {
      isSending = false;
      at("record").disabled = false;
      showUnsent();
    }
  }

  // ── recordings that were not stored ───────────────────────────────────────────────────────────────

  function forget(take) {
    if (unsent.delete(take)) URL.revokeObjectURL(take.link);
  }

  function showUnsent() {
    const waiting = isSending ? [...unsent].filter(take => take.why) : [...unsent];
    at("unsent").hidden = !waiting.length;
    at("waiting").replaceChildren(...waiting.map(take => make("li", {},
      make("p", {}, make("strong", {}, take.name), take.why ? `: ${take.why}` : ""),
      make("audio", { controls: true, src: take.link, "aria-label": take.name }),
      make("p", { class: "actions" },
        make("button", { type: "button", disabled: isSending, onclick: () => send(take) }, "Send again"),
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
    if (recording || unsent.size) event.preventDefault();
  });

  // ── takes ───────────────────────────────────────────────────────────────────────────────────────

  async function list() {
    const { takes } = await call("/takes");
    at("takes").hidden = !takes.length;
    at("list").replaceChildren(...takes.map(take => make("li", {},
      make("button", { type: "button", class: "open", onclick: () => attempt(async () => open(await call(`/takes/${take.name}`))) }, take.name),
      ` ${!take.reviewed ? "no review yet" : take.points == null ? "no score" : `${take.score} of 100`} `,
      make("span", { class: "note" }, take.playbook), " ",
      make("button", { type: "button", class: "delete", "aria-label": `Delete ${take.name}`, onclick: () => remove(take.name) }, "Delete"))));
  }

  async function attempt(what) {
    showError("");
    try {
      await what();
    } catch (error) {
      showError(error.message);
    }
  }

  const remove = name => attempt(async () => {
    if (!confirm(`Delete ${name} with its review?`)) return;
    await call(`/takes/${name}`, { method: "DELETE" });
    if (shown && shown.name === name) close();
    await list();
    showStatus(`${name} was deleted.`);
  });

  function close() {
    if (shown) shown.review.close();
    shown = null;
    at("message").replaceChildren();
    at("comparison").hidden = true;
  }

  function open({ message, comparison }) {
    close();
    const place = make("section", {});
    at("message").append(place);
    shown = { name: message.name, review: show(place, message) };
    at("comparison").hidden = !comparison;
    if (comparison) compare(comparison);
    place.querySelector("h2").focus();
  }

  function compare({ problems, takes, best, better, worse, rules, measures }) {
    const opening = [make("h2", { id: "compared" }, "Takes side by side"), ...problems.map(problem => make("p", { class: "problem" }, problem))];
    if (!takes) return at("comparison").replaceChildren(...opening);
    const listed = (title, names) => make("p", {}, make("strong", {}, `${title}: `), names.length ? names.join("; ") : "nothing");
    const head = first => make("tr", {}, make("th", { scope: "col" }, first), ...takes.map(take => make("th", { scope: "col" }, take.name === best ? `${take.name} (best)` : take.name)));
    const verdict = text => make("td", { class: `verdict ${text.replace(" ", "-")}` }, `${{ met: "✓", missed: "✗" }[text] ?? "–"} ${text}`);
    const differs = ([, verdicts]) => new Set(verdicts).size > 1;
    const alike = rules.filter(each => !differs(each)).map(([title, [all]]) => `${title} (${all})`);
    const change = { better: " ▲ better", worse: " ▼ worse" };
    const rows = [
      make("tr", {}, make("th", { scope: "row" }, "Score"), ...takes.map(take => make("td", {}, take.score || "–"))),
      ...rules.filter(differs).map(([title, verdicts]) => make("tr", {}, make("th", { scope: "row" }, title), ...verdicts.map(verdict))),
      ...measures.map(([name, target, values, changed]) => make("tr", {}, make("th", { scope: "row" }, name, make("span", { class: "note" }, ` (target: ${target})`)),
        ...values.map((value, i) => make("td", {}, value, i === values.length - 1 ? change[changed] ?? "" : "")))),
    ];
    at("comparison").replaceChildren(
      ...opening,
      listed("Better than the take before", better), listed("Worse", worse),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "compared" },
        make("table", { class: "compared" }, make("thead", {}, head("Rule or measure")), make("tbody", {}, ...rows))),
      alike.length ? make("p", { class: "note" }, `The same in all: ${alike.join("; ")}.`) : "");
  }

  // ── buttons and dropped files ─────────────────────────────────────────────────────────────────

  at("record").addEventListener("click", record);
  at("cancel").addEventListener("click", cancel);
  at("file").addEventListener("change", () => {
    const [file] = at("file").files;
    if (file) send({ blob: file, name: file.name });
    at("file").value = "";
  });
  const desk = at("desk");
  desk.addEventListener("dragover", event => { event.preventDefault(); desk.classList.add("over"); });
  desk.addEventListener("dragleave", () => desk.classList.remove("over"));
  desk.addEventListener("drop", event => {
    event.preventDefault();
    desk.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) send({ blob: file, name: file.name });
  });
  attempt(list);
})();
