"use strict";
// Shows one message: score, first thing to do, number, words, sound, rules. Every text is added as text, never as markup.
Aftertone.show = (() => {
  const { make, icon, clock, createPlayer } = Aftertone;
  const SHOWN_SPANS = 8; // places of a rule that have a button
  const NUMBERED_SPANS = 3; // of a rule with more places, the first alone has the rule's number in the text
  const NAMES = { hesitation: ["hesitation"], filler: ["filler"], restart: ["restart"], number: ["reading of the number", "readings of the number"], other: ["other number"] };

  const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
  const sentence = text => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]["”]?$/.test(text) ? "" : "."}`;
  const spoken = s => s < 60 ? counted(Math.round(s), "second") : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;

  // Texts that every message shares may be in a table of rules, by the finding's index in it.
  const withRule = (finding, rules) => ({ value: "", close: "", advice: "", reason: "", spans: [], ...(rules[finding.rule] ?? {}), ...finding });

  function show(place, message, { heading = "h2", rules: table = [], actions = {} } = {}) {
    place.classList.add("review");
    const title = make(heading, { class: "name", tabindex: "-1", dir: "auto", title: message.name }, message.name);
    if (message.problem) {
      place.replaceChildren(title, make("p", { class: "problem" }, message.problem));
      return { close: () => {}, pause: () => {}, play: null };
    }
    const subheading = heading === "h1" ? "h2" : "h3";
    const player = message.figure ? createPlayer(message, () => speech && speech.pause()) : null;
    const play = player && player.hasSound ? player.play : null;
    const findings = message.findings.map(finding => withRule(finding, table));
    const missed = findings.filter(each => each.verdict === "missed");
    const speech = actions.speak ? new Audio() : null;
    place.replaceChildren(
      title,
      make("p", { class: "playbook" }, message.playbook),
      player ? player.bar : "",
      make("div", { class: "head" }, score(message), first(message, missed[0], subheading, play), heard(message.number, subheading, play), keys(message)),
      ...transcript(message, missed, subheading, player),
      ...sound(player, subheading),
      ...toDo(missed, subheading, play),
      ...rewrite(message.rewrite, subheading, actions, speech, player),
      met(findings.filter(each => each.verdict === "met"), play),
      notJudged(findings.filter(each => each.verdict === "not judged"), play),
      notMeasured(message.not_measured),
    );
    if (player) player.start();
    const folded = place.querySelectorAll(".folded");
    const unfold = () => folded.forEach(each => { each.open = true; });
    window.addEventListener("beforeprint", unfold);
    const pause = () => {
      if (speech) speech.pause();
      if (player) player.pause();
    };
    return {
      play: player && player.play,
      pause,
      close: () => {
        window.removeEventListener("beforeprint", unfold);
        pause();
        if (player) player.close();
      },
    };
  }

  // A button that plays a stretch; its text alone where there is no sound.
  function playButton(play, [start, end], label, attributes = {}) {
    if (!play) return make("span", { class: "evidence" }, label);
    return make("button", { type: "button", "data-start": start, onclick: () => play(start, end), ...attributes }, icon("play"), make("span", {}, label));
  }

  // ── above the fold ────────────────────────────────────────────────────────────────────────────────

  function score(message) {
    const [met, missed, notJudged] = message.counts;
    const counts = [`${met} met`, `${missed} missed`, notJudged ? `${notJudged} not judged` : ""].filter(Boolean).join(", ");
    if (message.points == null) {
      return make("section", { class: "card verdicts", "aria-label": "Score" },
        make("p", { class: "score none" }, make("strong", {}, "No score")),
        make("p", { class: "why" }, sentence(message.reason)), make("p", { class: "note" }, `Rules: ${counts}.`));
    }
    const [points, margin] = message.score.split(" ± ");
    const share = message.judged_share < 0.995 ? ` ${Math.round(100 * message.judged_share)} % of the advice could be judged.` : "";
    return make("section", { class: "card verdicts", "aria-label": "Score" },
      make("p", { class: "score" }, make("strong", {}, points), margin ? ` ± ${margin}` : "", " of 100"),
      gauge(message.points),
      make("p", { class: "note" }, `Rules: ${counts}.${share}`));
  }

  function gauge(points) {
    const filled = make("div");
    filled.style.width = `${points}%`;
    return make("div", { class: "gauge", "aria-hidden": "true" }, filled);
  }

  function first(message, finding, subheading, play) {
    const card = (...children) => make("section", { class: "card first" }, make(subheading, { class: "overline" }, finding ? "Do this first" : "What to do"), ...children);
    if (!finding) {
      const isGood = message.points != null && !message.first;
      return card(make("p", { class: "title" }, isGood ? "Nothing was missed." : "No advice yet."),
        make("p", {}, isGood ? "Every rule that could be judged is met." : "Advice needs a message that can be judged."));
    }
    const place = finding.spans[0];
    return card(make("p", { class: "title" }, finding.title), make("p", { class: "advice" }, finding.advice),
      place ? playButton(play, place, `Play it, at ${clock(place[0])}`, { class: "primary" }) : "");
  }

  function heard(number, subheading, play) {
    const card = (...children) => make("section", { class: "card heard" }, make(subheading, { class: "overline" }, "The number, as heard"), ...children);
    const remarks = number.remarks.map(([title, text]) => make("p", { class: "remark" }, make("strong", {}, `${title}: `), text));
    if (!number.written) return card(make("p", { class: "digits none" }, number.missing), make("p", {}, sentence(number.reason)), ...remarks);
    return card(make("p", { class: "digits" }, number.written), ...remarks, number.how ? make("p", {}, number.how) : "",
      number.span && play ? playButton(play, number.span, "Hear your number") : "");
  }

  function keys(message) {
    return make("dl", { class: "key" }, ...message.key_values.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  }

  // ── what was said ─────────────────────────────────────────────────────────────────────────────────

  // The words in order, with the hesitations and the fillers that no word is written for between them.
  function flow(message) {
    const items = message.words.map(([start, end, text]) => ({ start, end, text, tag: "span", kinds: [] }));
    for (const { kind, spans } of message.tiers) {
      for (const [start, end, text, isSoundAlone] of spans) {
        const isBetween = kind === "hesitation" || isSoundAlone;
        if (isBetween) items.push({ start, end, text: isSoundAlone ? text : `pause ${(end - start).toFixed(1)} s`, tag: "em", kinds: [kind] });
      }
    }
    const middle = each => (each.start + each.end) / 2;
    const words = items.filter(each => each.tag === "span");
    const others = items.filter(each => each.tag === "em").sort((a, b) => middle(a) - middle(b));
    const ordered = [];
    for (const word of words) {
      while (others.length && middle(others[0]) < middle(word)) ordered.push(others.shift());
      ordered.push(word);
    }
    return [...ordered, ...others];
  }

  const isInside = (item, [start, end]) => start - 0.01 <= (item.start + item.end) / 2 && (item.start + item.end) / 2 <= end + 0.01;

  function transcript(message, missed, subheading, player) {
    const items = flow(message);
    const title = make(subheading, {}, "What was said");
    const doubt = message.no_words ? make("p", { class: "note" }, sentence(message.no_words)) : message.words_doubt ? make("p", { class: "remark" }, make("strong", {}, "These words are in doubt: "), sentence(message.words_doubt)) : "";
    if (!items.length) return doubt ? [title, doubt] : [];
    for (const { kind, spans } of message.tiers) {
      for (const item of items) if (item.tag === "span" && kind in NAMES && kind !== "hesitation" && spans.some(span => !span[3] && isInside(item, span))) item.kinds.push(kind);
    }
    const isNumbered = missed.map(() => false);
    for (const item of items) item.rules = missed.flatMap((finding, i) => finding.spans.some(span => isInside(item, span)) ? [i] : []);
    const text = make("p", { class: "transcript", dir: "auto", role: "group", "aria-label": "What was said. The arrow keys choose a word, Enter plays from it." });
    const looks = item => `${item.kinds.join(" ")} ${item.rules.join(" ")}`;
    for (let at = 0; at < items.length;) {
      let end = at + 1;
      while (end < items.length && items[at].tag === items[end].tag && looks(items[end]) === looks(items[at])) end += 1;
      const { tag, kinds, rules } = items[at];
      const run = items.slice(at, end).flatMap((item, i) => {
        item.element = make(tag, { "data-start": item.start, "data-end": item.end, class: tag === "em" ? `mark-${kinds[0]}` : null, tabindex: player ? "-1" : null }, item.text);
        return i ? [" ", item.element] : [item.element];
      });
      const classes = [...(tag === "span" ? kinds.map(kind => `mark-${kind}`) : []), ...(rules.length ? ["mark-missed"] : [])];
      const ending = rules.filter(rule => (!items[end] || !items[end].rules.includes(rule)) && !(isNumbered[rule] && missed[rule].spans.length > NUMBERED_SPANS));
      for (const rule of ending) isNumbered[rule] = true;
      text.append(classes.length ? make("mark", { class: classes.join(" "), title: rules.map(rule => missed[rule].title).join("; ") || null }, ...run) : make("span", {}, ...run));
      if (ending.length) text.append(make("sup", { role: "img", "aria-label": ending.map(rule => `missed rule ${rule + 1}`).join(", ") }, ending.map(rule => `✗${rule + 1}`).join(" ")));
      text.append(" ");
      at = end;
    }
    if (player) follow(text, items.map(item => item.element), player);
    const by = message.engine ? `Words by ${message.engine}.` : "";
    const how = player && player.hasSound ? " Click a word to hear the message from there." : "";
    return [title, doubt, legend(message, items, missed), text, make("p", { class: "note" }, `${by}${how}`)];
  }

  function legend(message, items, missed) {
    const entries = message.tiers.filter(({ kind }) => kind in NAMES).map(({ kind, spans }) => {
      const alone = spans.filter(span => span[3]).length;
      const sample = kind === "hesitation" ? make("em", { class: "mark-hesitation" }, "pause") : make("mark", { class: `mark-${kind}` }, kind === "filler" ? "um" : kind === "restart" ? "I I" : "123");
      return make("li", {}, sample, ` ${counted(spans.length, ...NAMES[kind])}`, alone ? make("span", {}, " (", make("em", { class: "mark-filler" }, "um?"), ` ${alone} in the sound alone)`) : "");
    });
    if (items.some(item => item.rules.length)) entries.push(make("li", {}, make("mark", { class: "mark-missed" }, "words"), make("sup", {}, "✗1"), " place of a missed rule, by its number below"));
    return entries.length ? make("ul", { class: "legend", "aria-label": "Marks in the text" }, ...entries) : "";
  }

  // Lets the keyboard and the mouse play from each item, and shows the one that is played.
  function follow(text, elements, player) {
    const starts = elements.map(each => Number(each.dataset.start));
    const ends = elements.map(each => Number(each.dataset.end));
    let current = 0; // the one that Tab reaches
    let now = null;
    elements[0].tabIndex = 0;

    function choose(at) {
      elements[current].tabIndex = -1;
      current = at;
      elements[at].tabIndex = 0;
    }
    text.addEventListener("click", event => {
      const at = elements.indexOf(event.target.closest("[data-start]"));
      if (at < 0) return;
      choose(at);
      player.play(starts[at]);
    });
    text.addEventListener("keydown", event => {
      const to = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: elements.length - 1 }[event.key];
      if (event.ctrlKey || event.altKey || event.metaKey || !(event.key === "Enter" || to !== undefined)) return;
      event.preventDefault();
      if (event.key === "Enter") return player.play(starts[current]);
      choose(Math.min(Math.max(to, 0), elements.length - 1));
      elements[current].focus();
    });
    player.follow(s => {
      const playing = elements.findLast((_, i) => starts[i] <= s + 0.001 && s < ends[i]) ?? null;
      if (playing === now) return;
      if (now) now.classList.remove("now");
      if (playing) playing.classList.add("now");
      now = playing;
    });
  }

  function sound(player, subheading) {
    const title = make(subheading, {}, "How it sounds");
    if (!player) return [title, make("p", { class: "note" }, "The recording was not there when this was written, so its waveform is not shown.")];
    return [title, player.hasSound ? "" : make("p", { class: "note" }, "The sound was left out of this page."), player.stage];
  }

  // ── rules ───────────────────────────────────────────────────────────────────────────────────────

  function toDo(missed, subheading, play) {
    if (!missed.length) return [];
    return [make(subheading, {}, "What to do better"), make("ol", { class: "rules" }, ...missed.map((each, i) => rule(each, play, `✗ ${i + 1}`)))];
  }

  function rule(finding, play, sign) {
    const facts = [finding.value && `found: ${finding.value}`, finding.target && `target: ${finding.target}`].filter(Boolean).join(" · ");
    const places = finding.spans.slice(0, SHOWN_SPANS).map(([start, end, text]) => {
      const label = `${clock(start)}${text ? ` “${text}”` : ""}`;
      return playButton(play, [start, end], label, { class: "evidence", "aria-label": `Play ${text ? `“${text}” ` : ""}at ${spoken(start)}` });
    });
    const more = finding.spans.length - places.length;
    return make("li", { class: finding.verdict.replace(" ", "-") },
      make("p", { class: "title" }, make("span", { class: "sign" }, sign), " ", make("strong", {}, finding.title)),
      finding.advice ? make("p", { class: "advice" }, finding.advice) : "",
      finding.reason ? make("p", { class: "advice" }, finding.reason) : "",
      facts ? make("p", { class: "facts" }, facts) : "",
      finding.close ? make("p", { class: "facts" }, finding.close) : "",
      places.length ? make("p", { class: "spans" }, ...places, more > 0 ? ` and ${more} more` : "") : "",
      finding.source ? make("details", { class: "source" }, make("summary", {}, "Source"), make("p", {}, finding.source)) : "");
  }

  function met(findings, play) {
    if (!findings.length) return "";
    return make("details", { class: "folded" }, make("summary", {}, `✓ ${counted(findings.length, "rule")} met`),
      make("ul", { class: "rules short" }, ...findings.map(each => rule(each, play, "✓"))));
  }

  function notJudged(findings, play) {
    if (!findings.length) return "";
    const groups = new Map(findings.map(each => [each.reason, []]));
    for (const each of findings) groups.get(each.reason).push({ ...each, reason: "" });
    return make("details", { class: "folded" }, make("summary", {}, `– ${counted(findings.length, "rule")} not judged`),
      ...[...groups].flatMap(([reason, those]) => [make("p", { class: "why" }, sentence(reason)), make("ul", { class: "rules short" }, ...those.map(each => rule(each, play, "–")))]));
  }

  function notMeasured(groups) {
    if (!groups.length) return "";
    return make("details", { class: "unmeasured" }, make("summary", {}, "What could not be measured, and why"),
      make("ul", {}, ...groups.map(([reason, titles]) => make("li", {}, `${sentence(reason)} `, make("span", { class: "note" }, titles.join(", "))))));
  }

  // ── say it like this ──────────────────────────────────────────────────────────────────────────────

  function rewrite(parts, subheading, { useScript, speak }, speech, player) {
    if (!parts) return [];
    const plainText = parts.map(([text, , isBlank]) => isBlank ? `[${text}]` : text).join("");
    const told = make("p", { class: "note", role: "status" });
    const tell = text => { told.textContent = text; };
    const shown = make("blockquote", { dir: "auto" }, ...parts.map(([text, fact, isBlank]) =>
      isBlank ? make("span", { class: "blank", title: "to fill in" }, `[${text}]`) : fact ? make("span", { class: "fact", title: fact }, text) : text));
    const blanks = [...new Set(parts.filter(([, , isBlank]) => isBlank).map(([text]) => text))];

    async function copy() {
      try {
        await navigator.clipboard.writeText(plainText);
        tell("Copied.");
      } catch { // no clipboard: the person copies it
        getSelection().selectAllChildren(shown);
        tell("Selected: copy it with Ctrl+C.");
      }
    }
    const hear = speech && make("button", { type: "button", onclick: () => {
      if (!speech.paused) return speech.pause();
      if (!speech.src || speech.error) speech.src = speak;
      tell("The speech is being made…");
      speech.play().then(() => tell(""), error => tell(error.name === "AbortError" ? "" : "The speech could not be made or played."));
    } }, "Hear it spoken");
    if (speech) {
      speech.addEventListener("play", () => {
        hear.textContent = "Stop";
        if (player) player.pause();
      });
      speech.addEventListener("pause", () => { hear.textContent = "Hear it spoken"; });
    }
    return [make(subheading, {}, "Say it like this"),
      make("section", { class: "card rewrite" }, shown,
        blanks.length ? make("p", { class: "note" }, `To fill in: ${blanks.join(", ")}.`) : "",
        make("p", { class: "actions" },
          make("button", { type: "button", onclick: copy }, "Copy"),
          useScript ? make("button", { type: "button", onclick: () => useScript(plainText) }, "Use as my script") : "", hear ?? "", told))];
  }

  return show;
})();
