"use strict";
// Shows one message: score, player, contours, rules. Every text is added as text, never as markup.
const Aftertone = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PX_PER_S_MIN = 30; // words stay readable under the waveform; longer messages scroll
  const PRINT_WIDTH_PX = 690; // of the text on a printed page
  const MARKS = { met: "✓", missed: "✗", "not judged": "–" };

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter(child => child != null && child !== ""));
    return element;
  }

  function draw(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const decodeBytes = text => Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const clock = s => `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;
  const seconds = s => `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Texts that every message shares may be in a table of rules, by the finding's index in it.
  const withRule = (finding, rules) => ({ value: "", close: "", advice: "", reason: "", spans: [], ...(rules[finding.rule] ?? {}), ...finding });

  function show(place, message, { heading = "h2", rules: table = [] } = {}) {
    if (message.problem) {
      place.replaceChildren(make(heading, { tabindex: "-1" }, message.name), make("p", { class: "problem" }, message.problem));
      return { close: () => {}, play: null };
    }
    message = { ...message, findings: message.findings.map(finding => withRule(finding, table)) };
    const player = message.figure ? createPlayer(message) : null;
    const play = player ? player.play : null;
    const subheading = heading === "h1" ? "h2" : "h3";
    place.classList.add("review");
    place.replaceChildren(
      ...head(message, heading),
      player ? player.element : make("p", { class: "note" }, "The recording was not there when this was written, so its waveform is not shown."),
      ...rules(message, subheading, play),
      ...words(message, subheading, player),
      ...unmeasured(message),
    );
    if (player) player.start();
    return { close: () => player && player.close(), play };
  }

  function head(message, heading) {
    const scored = message.points != null;
    const [met, missed, notJudged] = message.counts;
    const judged = message.judged_share < 0.995 && scored ? ` (${Math.round(100 * message.judged_share)} % of the advice could be judged)` : "";
    return [
      make(heading, { tabindex: "-1" }, message.name),
      make("div", { class: "top" },
        make("p", { class: "score" }, make("strong", {}, scored ? message.score : "–"), scored ? " of 100" : ` ${message.reason}`),
        make("p", { class: "sum" }, `${message.playbook}: ${met} met, ${missed} missed, ${notJudged} not judged${judged}.`,
          message.first && scored ? make("span", {}, " First thing to do: ", make("strong", {}, message.first), ".") : "")),
      make("dl", { class: "key" }, ...message.key_values.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    ];
  }

  // ── the player ──────────────────────────────────────────────────────────────────────────────────

  function createPlayer(message) {
    const figure = message.figure;
    const total = figure.duration_s;
    const hasSound = Boolean(message.audio);
    const share = s => 100 * s / total;
    let wavesurfer = null;
    let position = 0;

    const button = make("button", { type: "button", class: "play", disabled: !hasSound, onclick: () => wavesurfer.playPause() }, hasSound ? "▶ Play" : "no sound");
    const time = make("span", { class: "time" }, `${clock(0)} of ${clock(total)}`);
    const slider = make("input", { type: "range", min: 0, max: total, step: 0.1, value: 0, "aria-label": "Position", "aria-valuetext": "0.0 s", oninput: () => moveTo(Number(slider.value)) });
    const wave = make("div", { class: "wave", "aria-hidden": "true" });
    const wordRows = make("div", { class: "words", "aria-hidden": "true" });
    const cursor = make("div", { class: "cursor", "aria-hidden": "true" });
    const timedWords = message.words.map(([start, end, text]) => {
      const word = make("span", { onclick: () => play(start, end) }, text);
      wordRows.append(word);
      return { start, end, word, elements: [word] };
    });
    const shades = message.tiers.flatMap(tier => tier.spans.map(([start, end]) => shade(tier.kind, start, end)));
    const track = make("div", { class: "track" },
      make("div", { class: "wave-box" }, ...shades, wave, createPrintedWaveform(decodeBytes(figure.peaks))),
      wordRows,
      ...message.tiers.map(createTier),
      ...contours(message, total),
      cursor);
    const stage = make("div", { class: "stage", tabindex: "0", role: "region", "aria-label": "Waveform, words and contours over time" }, track);
    const element = make("div", { class: "player" },
      make("div", { class: "controls" }, button, time, slider),
      hasSound ? "" : make("p", { class: "note" }, "The sound was left out of this page."),
      stage);

    function shade(kind, start, end) {
      const element = make("div", { class: `shade ${kind}`, "aria-hidden": "true" });
      element.style.left = `${share(start)}%`;
      element.style.width = `${share(end - start)}%`;
      return element;
    }

    function createTier(tier) {
      const row = make("div", { class: "marks" });
      for (const [start, end, text] of tier.spans) {
        const label = text || seconds(end - start);
        const mark = make("button", { type: "button", class: `mark ${tier.kind}`, "data-start": start, title: `${label}, at ${seconds(start)}`, "aria-label": `${tier.title}: ${label}, at ${seconds(start)}`, onclick: () => play(start, end) }, make("span", {}, text || (end - start).toFixed(1)));
        mark.style.left = `${share(start)}%`;
        mark.style.width = `${share(end - start)}%`;
        row.append(mark);
      }
      return make("div", { class: "tier", role: "group", "aria-label": tier.title }, make("p", { class: "caption" }, `${tier.title}: ${tier.spans.length}`), row);
    }

    function showPosition(s) {
      position = s;
      cursor.style.left = `${share(s)}%`;
      time.textContent = `${clock(s)} of ${clock(total)}`;
      slider.value = s;
      slider.setAttribute("aria-valuetext", `${s.toFixed(1)} s`);
      for (const each of timedWords) {
        const on = s >= each.start && s < each.end;
        for (const element of each.elements) element.classList.toggle("now", on);
      }
      const x = share(s) / 100 * track.clientWidth;
      if (x < stage.scrollLeft || x > stage.scrollLeft + stage.clientWidth - 40) stage.scrollLeft = x - 80;
    }

    function moveTo(s) {
      if (hasSound) wavesurfer.setTime(s);
      showPosition(s);
    }

    function play(start, end) {
      showPosition(start);
      if (!hasSound) return;
      wavesurfer.play(Math.max(0, start - 0.15), Math.min(total, end + 0.15)).catch(() => {});
    }

    function layOut(width) {
      const px = width || Math.max(stage.clientWidth, total * PX_PER_S_MIN);
      track.style.width = width ? "100%" : `${px}px`;
      const ends = [];
      const rowHeight = 17;
      for (const { start, word } of timedWords) {
        word.style.left = `${share(start)}%`;
        const x = start / total * px;
        let row = ends.findIndex(end => end <= x);
        if (row < 0) row = ends.length < 5 ? ends.push(0) - 1 : ends.indexOf(Math.min(...ends));
        word.style.top = `${row * rowHeight}px`;
        ends[row] = x + word.offsetWidth + 3;
      }
      wordRows.style.height = `${Math.max(1, ends.length) * rowHeight + 4}px`;
    }

    const layOutForScreen = () => layOut();
    const layOutForPrint = () => layOut(PRINT_WIDTH_PX);
    const darkMode = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => wavesurfer && wavesurfer.setOptions({ waveColor: colour("--wave"), progressColor: colour("--played") });
    const resizes = new ResizeObserver(layOutForScreen);

    function start() {
      const style = document.querySelector("style");
      wavesurfer = WaveSurfer.create({
        container: wave, height: 96, cursorWidth: 0, normalize: true, dragToSeek: true,
        waveColor: colour("--wave"), progressColor: colour("--played"),
        url: message.audio || undefined, peaks: [Array.from(decodeBytes(figure.peaks), value => value / 255)], duration: total,
        cspNonce: style && style.nonce,
      });
      wavesurfer.on("timeupdate", showPosition);
      wavesurfer.on("interaction", s => showPosition(s));
      wavesurfer.on("play", () => { button.textContent = "❚❚ Pause"; });
      wavesurfer.on("pause", () => { button.textContent = "▶ Play"; });
      wavesurfer.on("finish", () => { button.textContent = "▶ Play"; });
      layOutForScreen();
      resizes.observe(stage);
      window.addEventListener("beforeprint", layOutForPrint);
      window.addEventListener("afterprint", layOutForScreen);
      darkMode.addEventListener("change", recolour);
    }

    function close() {
      resizes.disconnect();
      window.removeEventListener("beforeprint", layOutForPrint);
      window.removeEventListener("afterprint", layOutForScreen);
      darkMode.removeEventListener("change", recolour);
      wavesurfer.destroy();
    }

    return { element, play, start, close, timedWords, position: () => position };
  }

  function createPrintedWaveform(peaks) {
    const upper = Array.from(peaks, (peak, i) => `${i} ${(50 - peak / 255 * 49).toFixed(1)}`);
    const lower = Array.from(peaks, (peak, i) => `${i} ${(50 + peak / 255 * 49).toFixed(1)}`).reverse();
    return draw("svg", { class: "printed", viewBox: `0 0 ${peaks.length} 100`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, draw("path", { class: "wave-line", d: `M${upper.join("L")}L${lower.join("L")}Z` }));
  }

  // ── contours ────────────────────────────────────────────────────────────────────────────────────

  function contours(message, total) {
    const figure = message.figure;
    const charts = [];
    const pitch = Array.from(decodeBytes(figure.pitch), value => value ? (value - 1) / figure.pitch_steps_per_st + figure.pitch_base_st : null);
    if (pitch.some(value => value !== null)) {
      const flat = message.flat_spans.length ? `; flat stretches shaded: ${message.flat_spans.map(([start, end]) => `${seconds(start)} to ${seconds(end)}`).join(", ")}` : "; no flat stretch";
      charts.push(chart("pitch", `Pitch in semitones about the median, ${Math.round(figure.reference_hz)} Hz${flat}`,
        total, [-12, 12], [-6, 0, 6], line(pitch, figure.step_s, -12, 12), message.flat_spans.map(([start, end]) => [start, end, -12, 12])));
    }
    const level = Array.from(decodeBytes(figure.level), value => -value / figure.level_steps_per_db);
    charts.push(chart("level", "Level in dB under full scale", total, [-70, 0], [-60, -40, -20], line(level, figure.step_s, -70, 0), []));
    if (message.rate.values.length) {
      const [least, most] = message.rate_band;
      const band = least == null ? `at most ${most}` : most == null ? `at least ${least}` : `${least} to ${most}`;
      const { start_s: from, step_s: step, values } = message.rate;
      const points = values.map((value, i) => [from + i * step, value]);
      charts.push(chart("rate", `Local pace in syllables a second; band: ${band}`, total, [0, 9], [3, 6],
        path(points, 0, 9), [[0, total, least ?? 0, most ?? 9]]));
    }
    return charts;
  }

  function chart(kind, title, total, [low, high], ticks, d, zones) {
    const y = value => 100 - 100 * (Math.min(Math.max(value, low), high) - low) / (high - low);
    const svg = draw("svg", { viewBox: `0 0 ${total} 100`, preserveAspectRatio: "none", role: "img", "aria-label": title });
    for (const [start, end, from, to] of zones) {
      svg.append(draw("rect", { class: "band", x: start, width: end - start, y: y(to), height: y(from) - y(to) }));
      svg.append(draw("path", { class: "band-edge", d: kind === "rate" ? `M0 ${y(from)}H${total}M0 ${y(to)}H${total}` : `M${start} 0V100M${end} 0V100` }));
    }
    for (const tick of ticks) svg.append(draw("path", { class: "grid", d: `M0 ${y(tick)}H${total}` }));
    svg.append(draw("path", { class: "line", d }));
    const labels = ticks.map(tick => {
      const label = make("span", { class: "tick", "aria-hidden": "true" }, String(tick));
      label.style.top = `${y(tick)}%`;
      return label;
    });
    return make("div", { class: `contour ${kind}` }, make("p", { class: "caption" }, title), make("div", { class: "chart" }, make("div", { class: "ticks" }, ...labels), svg));
  }

  function line(values, step, low, high) {
    return path(values.map((value, i) => [i * step, value]), low, high);
  }

  function path(points, low, high) {
    let d = "";
    let drawing = false;
    for (const [s, value] of points) {
      if (value == null) { drawing = false; continue; }
      const y = 100 - 100 * (Math.min(Math.max(value, low), high) - low) / (high - low);
      d += `${drawing ? "L" : "M"}${s.toFixed(2)} ${y.toFixed(1)}`;
      if (!drawing) d += `L${(s + 0.02).toFixed(2)} ${y.toFixed(1)}`; // a lone point shows
      drawing = true;
    }
    return d;
  }

  // ── rules, words, missing measures ──────────────────────────────────────────────────────────────

  function rules(message, subheading, play) {
    const missed = message.findings.filter(each => each.verdict === "missed");
    const met = message.findings.filter(each => each.verdict === "met");
    const notJudged = message.findings.filter(each => each.verdict === "not judged");
    const lists = [["What to do better", missed, ""], ["What is well", met, " short"], ["What could not be judged", notJudged, " short"]];
    return lists.filter(([, findings]) => findings.length).flatMap(([title, findings, kind]) =>
      [make(subheading, {}, title), make("ul", { class: `rules${kind}` }, ...findings.map(each => rule(each, play)))]);
  }

  function rule(finding, play) {
    const kind = finding.verdict.replace(" ", "-");
    const facts = [finding.value && `found: ${finding.value}`, finding.target && `target: ${finding.target}`].filter(Boolean).join(" · ");
    const evidence = finding.spans.slice(0, 8).map(([start, end, text]) => {
      const label = `${text ? `“${text}” ` : ""}at ${seconds(start)}`;
      return play
        ? make("button", { type: "button", class: "evidence", "data-start": start, "aria-label": `Play ${label}`, onclick: () => play(start, end) }, `▶ ${label}`)
        : make("span", { class: "evidence" }, label);
    });
    const more = finding.spans.length - evidence.length;
    return make("li", { class: kind },
      make("p", { class: "title" }, make("span", { class: `verdict ${kind}` }, `${MARKS[finding.verdict]} ${finding.verdict}`), " ", make("strong", {}, finding.title)),
      finding.advice ? make("p", { class: "advice" }, finding.advice) : "",
      finding.reason ? make("p", { class: "advice" }, finding.reason) : "",
      facts ? make("p", { class: "facts" }, facts) : "",
      finding.close ? make("p", { class: "facts" }, finding.close) : "",
      evidence.length ? make("p", { class: "spans" }, ...evidence, more > 0 ? ` and ${more} more` : "") : "",
      finding.source ? make("p", { class: "source" }, `Source: ${finding.source}`) : "");
  }

  function words(message, subheading, player) {
    if (!message.words.length) return [];
    const text = make("p", { class: "transcript" });
    message.words.forEach(([start, end, word], i) => {
      const element = make("span", {}, word);
      if (player) {
        element.addEventListener("click", () => player.play(start, end));
        player.timedWords[i].elements.push(element);
      }
      text.append(element, " ");
    });
    const by = message.engine ? `, as transcribed by ${message.engine}` : "";
    return [make(subheading, {}, `Words${by}`), text];
  }

  function unmeasured(message) {
    if (!message.not_measured.length) return [];
    const items = message.not_measured.map(([reason, names]) => make("li", {}, `${reason}: ${names.join(", ")}`));
    return [make("details", { class: "unmeasured" }, make("summary", {}, "What could not be measured, and why"), make("ul", {}, ...items))];
  }

  return { show, make };
})();
