"use strict";
// What the pages build on: elements, the player of a message, and its waveform, marks and contours over time.
const Aftertone = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PX_PER_S_MIN = 12; // half a minute fits a telephone; longer messages scroll
  const PRINT_WIDTH_PX = 690; // of the text on a printed page
  const TICK_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
  const TICK_PX_MIN = 56; // two labels of the time axis never touch
  const EDGE_S = 0.15; // played before and after a stretch
  const ICONS = { play: "M4 2.5v11l9-5.5z", pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z" };

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

  const icon = name => draw("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, draw("path", { d: ICONS[name] }));
  const decodeBytes = text => Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const clock = s => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
  const heightOf = (value, low, high) => 100 - 100 * (Math.min(Math.max(value, low), high) - low) / (high - low); // from the top
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ── the player ──────────────────────────────────────────────────────────────────────────────────

  function createPlayer(message, onPlay = () => {}) {
    const total = message.figure.duration_s;
    const hasSound = Boolean(message.audio);
    const followers = []; // functions of the position in seconds
    const view = createView(message, total, play);
    let wavesurfer = null;

    const button = make("button", { type: "button", class: "play primary", disabled: !hasSound, onclick: toggle });
    const time = make("span", { class: "time" });
    const slider = make("input", { type: "range", min: 0, max: total, step: 0.1, value: 0, "aria-label": "Position", oninput: () => moveTo(Number(slider.value)) });
    const bar = make("div", { class: "miniplayer", role: "group", "aria-label": "Player" }, button, slider, time);

    function showState(isPlaying) {
      button.replaceChildren(...(hasSound ? [icon(isPlaying ? "pause" : "play"), isPlaying ? "Pause" : "Play"] : ["No sound"]));
    }

    function showPosition(s) {
      time.textContent = `${clock(s)} / ${clock(total)}`;
      slider.value = s;
      slider.setAttribute("aria-valuetext", `${s.toFixed(1)} of ${total.toFixed(1)} seconds`);
      for (const follow of followers) follow(s);
    }

    function moveTo(s) {
      if (hasSound) wavesurfer.setTime(s);
      showPosition(s);
    }

    // Plays a stretch; to the end where no end is given.
    function play(start, end = null) {
      showPosition(start);
      if (!hasSound) return;
      const stop = end === null ? undefined : Math.min(total, end + EDGE_S);
      wavesurfer.play(end === null ? start : Math.max(0, start - EDGE_S), stop).catch(() => {});
    }

    function toggle() {
      if (hasSound) wavesurfer.playPause().catch(() => {});
    }

    function onKey(event) {
      if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (event.target.closest("button, input, select, textarea, a[href], summary, audio, video, [contenteditable]")) return;
      event.preventDefault(); // the page would scroll
      if (!event.repeat) toggle();
    }

    const layOutForScreen = () => view.layOut();
    const layOutForPrint = () => view.layOut(PRINT_WIDTH_PX);
    const darkMode = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => wavesurfer.setOptions({ waveColor: colour("--wave"), progressColor: colour("--played") });
    const resizes = new ResizeObserver(layOutForScreen);

    function start() {
      const style = document.querySelector("style");
      wavesurfer = WaveSurfer.create({
        container: view.wave, height: view.waveHeight, cursorWidth: 0, normalize: true, dragToSeek: true,
        waveColor: colour("--wave"), progressColor: colour("--played"),
        url: message.audio || undefined, peaks: [Array.from(view.peaks, value => value / 255)], duration: total,
        cspNonce: style && style.nonce,
      });
      wavesurfer.on("timeupdate", showPosition);
      wavesurfer.on("interaction", showPosition);
      wavesurfer.on("play", () => { showState(true); onPlay(); });
      wavesurfer.on("pause", () => showState(false));
      wavesurfer.on("finish", () => showState(false));
      followers.push(view.showPosition);
      layOutForScreen();
      showState(false);
      showPosition(0);
      resizes.observe(view.stage);
      document.addEventListener("keydown", onKey);
      window.addEventListener("beforeprint", layOutForPrint);
      window.addEventListener("afterprint", layOutForScreen);
      darkMode.addEventListener("change", recolour);
    }

    function close() {
      resizes.disconnect();
      document.removeEventListener("keydown", onKey);
      window.removeEventListener("beforeprint", layOutForPrint);
      window.removeEventListener("afterprint", layOutForScreen);
      darkMode.removeEventListener("change", recolour);
      wavesurfer.destroy();
    }

    const pause = () => wavesurfer.pause();

    return { bar, stage: view.stage, hasSound, play, pause, start, close, follow: follower => followers.push(follower) };
  }

  // ── the waveform, with the marks and contours under it ────────────────────────────────────────────

  function createView(message, total, play) {
    const share = s => 100 * s / total;
    const peaks = decodeBytes(message.figure.peaks);
    const tiers = message.tiers.filter(tier => tier.kind !== "hesitation"); // its pauses are in the tier of all
    const wave = make("div", { class: "wave" });
    const cursor = make("div", { class: "cursor" });
    const axis = make("div", { class: "axis" });
    const labels = []; // texts inside marks
    const track = make("div", { class: "track" },
      make("div", { class: "wave-box" }, ...tiers.flatMap(tier => tier.spans.map(([start, end]) => placed("div", `shade ${tier.kind}`, start, end))), wave, printedWaveform(peaks)),
      axis,
      ...tiers.map(createTier),
      ...contours(message, total),
      cursor);
    const stage = make("div", { class: "stage", tabindex: "0", role: "region", "aria-label": "Waveform, pitch, level and pace over time" }, track);

    function placed(tag, kind, start, end, attributes = {}, ...children) {
      const element = make(tag, { class: kind, ...attributes }, ...children);
      element.style.left = `${share(start)}%`;
      element.style.width = `${share(end - start)}%`;
      return element;
    }

    // The marks of a kind. The transcript has them for the keyboard and for screen readers.
    function createTier(tier) {
      const row = make("div", { class: "marks" });
      for (const [start, end, text] of tier.spans) {
        const label = make("span", {}, text);
        labels.push(label);
        row.append(placed("div", `mark ${tier.kind}`, start, end, { title: `${text || `${(end - start).toFixed(1)} s`}, at ${clock(start)}`, "data-start": start, onclick: () => play(start, end) }, label));
      }
      return make("div", { class: "tier", "aria-hidden": "true" }, make("p", { class: "caption" }, `${tier.title}: ${tier.spans.length}`), row);
    }

    function layOut(width) {
      const px = width || Math.max(stage.clientWidth, total * PX_PER_S_MIN);
      track.style.width = width ? "100%" : `${px}px`;
      const step = TICK_STEPS_S.find(each => each / total * px >= TICK_PX_MIN) ?? TICK_STEPS_S.at(-1);
      axis.replaceChildren();
      for (let s = 0; share(s) / 100 * px <= px - TICK_PX_MIN / 2; s += step) axis.append(placed("span", "", s, 0, {}, clock(s)));
      for (const label of labels) label.hidden = false;
      const fits = labels.map(label => label.offsetWidth + 4 <= label.parentElement.clientWidth);
      labels.forEach((label, i) => { label.hidden = !fits[i]; });
    }

    function showPosition(s) {
      cursor.style.left = `${share(s)}%`;
      const x = share(s) / 100 * track.clientWidth;
      if (x < stage.scrollLeft || x > stage.scrollLeft + stage.clientWidth - 40) stage.scrollLeft = x - 80;
    }

    return { stage, wave, waveHeight: 88, peaks, layOut, showPosition };
  }

  function printedWaveform(peaks) {
    const edge = sign => Array.from(peaks, (peak, i) => `${i} ${(50 + sign * peak / 255 * 49).toFixed(1)}`);
    return draw("svg", { class: "printed", viewBox: `0 0 ${peaks.length} 100`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, draw("path", { class: "wave-line", d: `M${[...edge(-1), ...edge(1).reverse()].join("L")}Z` }));
  }

  function contours(message, total) {
    const figure = message.figure;
    const charts = [];
    const pitch = Array.from(decodeBytes(figure.pitch), value => value ? (value - 1) / figure.pitch_steps_per_st + figure.pitch_base_st : null);
    if (pitch.some(value => value !== null)) {
      const flat = message.flat_spans.length ? "flat stretches shaded" : "no flat stretch";
      charts.push(chart("pitch", `Pitch: semitones above and below your median, ${Math.round(figure.reference_hz)} Hz; ${flat}`,
        total, [-12, 12], [[-6, "−6"], [0, "0"], [6, "+6"]], line(pitch, figure.step_s, -12, 12), message.flat_spans.map(([start, end]) => [start, end, -12, 12])));
    }
    const level = Array.from(decodeBytes(figure.level), value => -value / figure.level_steps_per_db);
    charts.push(chart("level", "Level: dB under the loudest possible", total, [-70, 0], [[-60, "−60"], [-40, "−40"], [-20, "−20"]], line(level, figure.step_s, -70, 0), []));
    if (message.rate.values.length) {
      const [least, most] = message.rate_band;
      const band = least == null ? `at most ${most}` : most == null ? `at least ${least}` : `${least} to ${most}`;
      const { start_s: from, step_s: step, values } = message.rate;
      const points = values.map((value, i) => [from + i * step, value]);
      charts.push(chart("rate", `Pace: syllables a second; target ${band}, shaded`, total, [0, 9], [[3, "3"], [6, "6"]],
        path(points, 0, 9), [[0, total, least ?? 0, most ?? 9]]));
    }
    return charts;
  }

  function chart(kind, title, total, [low, high], ticks, d, zones) {
    const y = value => heightOf(value, low, high);
    const svg = draw("svg", { viewBox: `0 0 ${total} 100`, preserveAspectRatio: "none", role: "img", "aria-label": title });
    for (const [start, end, from, to] of zones) {
      svg.append(draw("rect", { class: "band", x: start, width: end - start, y: y(to), height: y(from) - y(to) }));
      svg.append(draw("path", { class: "band-edge", d: kind === "rate" ? `M0 ${y(from)}H${total}M0 ${y(to)}H${total}` : `M${start} 0V100M${end} 0V100` }));
    }
    for (const [tick] of ticks) svg.append(draw("path", { class: "grid", d: `M0 ${y(tick)}H${total}` }));
    svg.append(draw("path", { class: "line", d }));
    const labels = ticks.map(([tick, text]) => {
      const label = make("span", { class: "tick" }, text);
      label.style.top = `${y(tick)}%`;
      return label;
    });
    return make("div", { class: `contour ${kind}` }, make("p", { class: "caption", "aria-hidden": "true" }, title), make("div", { class: "chart" }, make("div", { class: "ticks", "aria-hidden": "true" }, ...labels), svg));
  }

  function line(values, step, low, high) {
    return path(values.map((value, i) => [i * step, value]), low, high);
  }

  function path(points, low, high) {
    let d = "";
    let drawing = false;
    for (const [s, value] of points) {
      if (value == null) { drawing = false; continue; }
      const y = heightOf(value, low, high).toFixed(1);
      d += `${drawing ? "L" : "M"}${s.toFixed(2)} ${y}`;
      if (!drawing) d += `L${(s + 0.02).toFixed(2)} ${y}`; // a lone point shows
      drawing = true;
    }
    return d;
  }

  return { make, draw, icon, clock, createPlayer };
})();
