"use strict";
// The desk: what is to be said, its length, loudness and pace while it is said, and the teleprompter.
const Desk = (() => {
  const { make } = Aftertone;
  const { data, at, bounds } = Page;
  const FIELDS = ["playbook", "recipient", "number", "script"];
  const WORDS_PER_MIN = 140; // of the teleprompter: the middle of Microsoft Speaker Coach's 100 to 165
  const LEVEL_DBOV_MIN = -41; // where the playbook says nothing: ITU-T G.169
  const METER_DBOV = [-70, 0];
  const CHECKED = 8; // rules of the checklist in view
  const FAST_SYL_PER_S = 5.5; // where the playbook says nothing: the pace of conversation
  const FAST_MARGIN = 0.2; // the hint comes this much below it, since peaks of fast speech merge
  const book = () => data.playbooks[at("playbook").value];
  const words = text => text.split(/\s+/).filter(Boolean);

  // ── fields ──────────────────────────────────────────────────────────────────────────────────────

  const values = () => Object.fromEntries(FIELDS.map(field => [field, at(field).value]));

  function fill(brief) {
    for (const field of FIELDS) {
      if (field === "playbook" && !data.playbooks[brief.playbook]) continue;
      at(field).value = brief[field] ?? "";
    }
    changed();
  }

  /** Fill in another brief, and say so; a script that was typed and differs can be brought back. */
  function replace(brief, text) {
    const before = values();
    fill(brief);
    const notice = at("brought").firstChild; // of the take before; its undo stays
    if (FIELDS.every(field => before[field] === at(field).value)) return notice && (notice.data = `${text} `);
    const undo = make("button", { type: "button", class: "small", onclick: () => { fill(before); at("brought").replaceChildren(); at("script").focus(); } }, "Undo");
    at("brought").replaceChildren(`${text} `, before.script.trim() && before.script !== at("script").value ? undo : "");
  }

  function changed() {
    for (const field of FIELDS) Page.remember(field, at(field).value);
    showLength();
    showTime(0);
    showChecklist();
    at("tosay").replaceChildren(...groupsOf(at("number").value));
    at("template").hidden = !book().template;
  }

  const EXTENSION = /(?<![a-z])[\s,;]*(?:ext(?:n|ension)?|x|#)[\s.:=#]*([0-9]*)[\s.]*$/i;
  const KEYPAD = "22233344455566677778889999"; // the digits of a to z (ITU-T E.161)

  /** The groups of digits to say: letters as on a keypad, no extension, no "(0)" after a country code. */
  const digitGroups = number => number.replace(EXTENSION, "").replace(/^(\s*(?:\+|00).*?)\(\s*0\s*\)/, "$1 ")
    .toLowerCase().replace(/[a-z]/g, letter => KEYPAD[letter.charCodeAt(0) - 97]).match(/[0-9]+/g) ?? [];

  const groupsOf = number => {
    const groups = digitGroups(number);
    return groups.length ? groups.map(group => make("span", { class: "group" }, group)) : [make("span", { class: "note" }, "Type the number to leave above. Then the drill checks its digits.")];
  };

  /** The template of the playbook with the fields that are filled in; the rest are blanks. */
  function template() {
    const number = at("number").value;
    const extension = number.match(EXTENSION)?.[1];
    const known = { recipient: at("recipient").value.trim(), number: digitGroups(number).join(" ") + (extension ? `, extension ${extension}` : "") };
    return book().template.map(([text, fact, isBlank]) => isBlank ? known[fact] || `[${text}]` : text).join("");
  }

  const inTime = s => s < 90 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`;

  function showLength() {
    const count = words(at("script").value).length;
    at("length").textContent = count ? `${count} ${count === 1 ? "word" : "words"}: about ${inTime(60 * count / WORDS_PER_MIN)} at ${WORDS_PER_MIN} words a minute.` : "";
  }

  let lastVerdicts = {};

  /** The rules of the playbook; after a take of it, with its verdicts by title. */
  function showChecklist(playbook = "", verdictsOfTake = {}) {
    if (playbook) lastVerdicts = { [playbook]: verdictsOfTake };
    const verdicts = lastVerdicts[at("playbook").value] ?? {};
    const marks = { met: "✓", missed: "✗", "not judged": "–" };
    const items = book().checklist.map(title => {
      const verdict = verdicts[title];
      return make("li", { class: (verdict ?? "").replace(" ", "-") }, make("span", { class: "box", "aria-hidden": "true" }, marks[verdict] ?? ""), title, verdict ? make("span", { class: "hush" }, ` (${verdict} in the last take)`) : "");
    });
    const rest = items.splice(CHECKED);
    at("checklist").replaceChildren(
      make("h3", {}, book().title),
      make("ul", {}, ...items),
      rest.length ? make("details", {}, make("summary", {}, `${rest.length} more`), make("ul", {}, ...rest)) : "");
  }

  // ── length, loudness, pace ──────────────────────────────────────────────────────────────────────

  const place = (element, from, to) => {
    element.style.left = `${100 * Math.min(Math.max(from, 0), 1)}%`;
    element.style.width = `${100 * Math.min(Math.max(to - from, 0), 1)}%`;
  };

  function showTime(s) {
    const [low, high] = book().length_s;
    const end = Math.max(1.5 * (high ?? 2 * (low ?? 20)), s);
    place(at("time").querySelector(".target"), (low ?? 0) / end, (high ?? end) / end);
    place(at("time").querySelector(".fill"), 0, s / end);
    const target = bounds(book().length_s);
    const over = high != null && s > high;
    at("time").classList.toggle("out", over);
    at("timewords").textContent = `${Math.floor(s)} s${target ? ` of ${target} s` : ""}${over ? ": come to the end" : ""}`;
  }

  const onMeter = dbov => (dbov - METER_DBOV[0]) / (METER_DBOV[1] - METER_DBOV[0]);
  let heard = "";

  function showLevel(voice) {
    const low = book().level_dbov[0] ?? LEVEL_DBOV_MIN;
    const high = book().level_dbov[1] ?? METER_DBOV[1];
    const level = voice && voice.level();
    const meter = at("meter");
    place(meter.querySelector(".target"), onMeter(low), onMeter(high));
    place(meter.querySelector(".fill"), 0, level ? onMeter(level.now_dbov) : 0);
    const peak = meter.querySelector(".peak");
    peak.hidden = !level;
    if (level) peak.style.left = `${100 * Math.min(Math.max(onMeter(level.peak_dbov), 0), 1)}%`;
    const word = !level ? "the microphone is off"
      : level.is_clipped ? "too loud: it is overdriven, move back"
      : level.voice_dbov == null ? "no voice yet"
      : level.voice_dbov < low ? "too quiet: come closer or speak up"
      : level.voice_dbov > high ? "too loud: move back" : "good";
    at("level").dataset.word = word.split(":")[0];
    const text = level && level.voice_dbov != null ? `${word} (${Math.round(level.voice_dbov)} dBov)`.replace("(-", "(−") : word;
    if (text !== heard) {
      heard = text;
      at("levelwords").textContent = text;
      meter.setAttribute("aria-valuenow", Math.round(level ? Math.max(level.voice_dbov ?? level.now_dbov, METER_DBOV[0]) : METER_DBOV[0]));
      meter.setAttribute("aria-valuetext", text);
    }
    at("check").textContent = level ? "Turn off" : "Check";
    at("check").setAttribute("aria-label", level ? "Turn the microphone off" : "Check the microphone");
  }

  function showPace(voice) {
    const pace = voice && voice.pace();
    const fastest = (book().syllables_per_s[1] ?? FAST_SYL_PER_S) - FAST_MARGIN;
    const word = !voice ? "shown while you record" : pace == null ? "…" : pace > fastest ? "fast: slow down" : "easy";
    at("pace").dataset.word = word.split(":")[0];
    at("pacewords").textContent = word;
  }

  // ── teleprompter ────────────────────────────────────────────────────────────────────────────────

  const sentences = text => text.split(/\n+|(?<=[.!?])\s+/).map(line => line.trim()).filter(Boolean);
  const marked = line => line.split(/(\[[^\]]+\])/).map(part => part.startsWith("[") ? make("mark", {}, part) : part);
  let lines = [];

  /** Show the script in large lines in place of the field, the first one current. */
  function startPrompter() {
    const script = at("script").value.trim();
    document.body.classList.add("recording");
    at("script").hidden = true;
    at("prompter").hidden = !script;
    let said = 0;
    lines = sentences(script).map(text => {
      const line = { element: make("p", {}, ...marked(text)), start_s: 60 * said / WORDS_PER_MIN };
      said += words(text).length;
      return line;
    });
    at("prompter").replaceChildren(...lines.map(line => line.element));
    at("prompter").scrollTop = 0;
    movePrompter(0);
  }

  function movePrompter(s) {
    const current = lines.findLast(line => line.start_s <= s);
    if (!current || current.element.hasAttribute("aria-current")) return;
    for (const line of lines) line.element.toggleAttribute("aria-current", false);
    current.element.setAttribute("aria-current", "true");
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    at("prompter").scrollTo({ top: current.element.offsetTop - at("prompter").clientHeight / 4, behavior: isCalm ? "auto" : "smooth" });
  }

  function stopPrompter() {
    document.body.classList.remove("recording");
    at("prompter").hidden = true;
    at("script").hidden = false;
    lines = [];
  }

  function start() {
    for (const field of FIELDS) {
      const text = Page.remembered(field);
      if (text != null && (field !== "playbook" || data.playbooks[text])) at(field).value = text;
      at(field).addEventListener("input", () => {
        at("brought").replaceChildren(); // an undo would lose what is typed now
        changed();
      });
    }
    at("template").addEventListener("click", () => replace({ ...values(), script: template() }, "The playbook’s template is your script now. Fill in any blanks in [brackets]."));
    changed();
    showLevel(null);
    showPace(null);
  }

  return { values, replace, start, showTime, showLevel, showPace, showChecklist, startPrompter, movePrompter, stopPrompter };
})();
