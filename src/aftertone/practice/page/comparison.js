"use strict";
// Takes side by side, their scores over time, and the script against what was said.
const Comparison = (() => {
  const { make, draw } = Aftertone;
  const { when, day } = Page;
  const MARKS = { met: "✓", missed: "✗" };
  const CHANGES = { better: "▲ better", worse: "▼ worse" };
  const ROLES = { last: "Last", best: "Best", previous: "Previous" };
  const role = column => column.role.split(", ").map((each, i) => i ? each : ROLES[each] ?? each).join(" and ");

  /** Fill a section with the comparison; `open(name)` opens a take. */
  function show(section, comparison, open) {
    section.hidden = !comparison;
    if (!comparison) return section.replaceChildren();
    const { columns, problems } = comparison;
    section.replaceChildren(
      make("h2", { id: "compared", tabindex: "-1" }, "Takes side by side"),
      ...problems.map(problem => make("p", { class: "problem" }, problem)),
      ...(columns.length ? [changes(comparison), table(comparison)] : []),
      comparison.history.length > 1 ? history(comparison, section.clientWidth, open) : "");
  }

  function changes({ columns, better, worse }) {
    const other = columns.find(column => column.role.includes("previous"));
    if (!other) return make("p", {}, "The first take with a score.");
    const listed = (kind, title, names) => names.length ? make("p", { class: `change ${kind}` }, make("strong", {}, `${title}: `), names.join("; ")) : "";
    if (!better.length && !worse.length) return make("p", {}, `No rule changed since ${other.name}.`);
    return make("div", { class: "changes" }, listed("better", "▲ Better", better), listed("worse", "▼ Worse", worse));
  }

  function table({ columns, rules, measures }) {
    const head = column => make("th", { scope: "col" },
      make("span", { class: "role" }, role(column)),
      make("strong", { class: "points" }, column.score || "–"),
      make("span", { class: "note" }, `${column.name} ${when(column.recorded_at)}`));
    const verdict = text => make("td", { class: `verdict ${text.replace(" ", "-")}` }, `${MARKS[text] ?? "–"} ${text}`);
    const differs = ([, verdicts]) => new Set(verdicts).size > 1;
    const alike = rules.filter(each => !differs(each));
    const count = verdict => alike.filter(([, [each]]) => each === verdict).length;
    const last = columns.findIndex(column => column.role.includes("last"));
    const rows = [
      ...rules.filter(differs).map(([title, verdicts]) => make("tr", {}, make("th", { scope: "row" }, title), ...verdicts.map(verdict))),
      ...measures.map(([title, target, values, change]) => make("tr", {},
        make("th", { scope: "row" }, title, target ? make("span", { class: "note" }, ` ${target}`) : ""),
        ...values.map((value, i) => make("td", {}, value, i === last && CHANGES[change] ? make("span", { class: `change ${change}` }, ` ${CHANGES[change]}`) : "")))),
    ];
    return make("div", {},
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "compared" },
        make("table", { class: "compared" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, make("span", { class: "hush" }, "Rule or measure")), ...columns.map(head))), make("tbody", {}, ...rows))),
      alike.length && columns.length > 1 ? make("details", {}, make("summary", {}, `${alike.length} rules with the same result in each: ${count("met")} met, ${count("missed")} missed`), make("ul", {}, ...alike.map(([title, [each]]) => make("li", {}, `${MARKS[each] ?? "–"} ${title} (${each})`)))) : "");
  }

  /** The scores of all takes in order of time, as a line with a mark for each new day, and as a table. */
  function history({ history: takes }, room_px, open) {
    const WIDTH = Math.min(Math.max(room_px - 30, 280), 700);
    const [HEIGHT, SIDE, TOP] = [150, 34, 12];
    const x = i => SIDE + (WIDTH - 2 * SIDE) * i / (takes.length - 1);
    const y = points => TOP + (HEIGHT - 2 * TOP - 14) * (1 - points / 100);
    const points = takes.map(([, , each]) => each);
    const days = takes.map(([, recorded_at], i) => i && day(recorded_at) === day(takes[i - 1][1]) ? "" : day(recorded_at));
    const best = points.indexOf(Math.max(...points));
    const text = `Scores of ${takes.length} takes: from ${points[0]} (${when(takes[0][1])}) to ${points.at(-1)} (${when(takes.at(-1)[1])}); the best is ${points[best]}, ${takes[best][0]}.`;
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": text, class: "history" });
    for (const tick of [0, 50, 100]) {
      svg.append(draw("path", { class: "grid", d: `M${SIDE} ${y(tick)}H${WIDTH - SIDE}` }), draw("text", { x: SIDE - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
    }
    let free = 0; // where the last date ends, in the picture's units
    days.forEach((label, i) => {
      if (!label) return;
      if (i) svg.append(draw("path", { class: "band-edge", d: `M${(x(i) + x(i - 1)) / 2} ${TOP}V${y(0)}` }));
      const isLast = x(i) > WIDTH - 90; // its date would leave the picture
      if (x(i) - (isLast ? 50 : 0) < free) return;
      svg.append(draw("text", { x: x(i), y: HEIGHT - 4, "text-anchor": isLast ? "end" : "start" }, label));
      free = x(i) + 60;
    });
    svg.append(draw("path", { class: "line", d: points.map((each, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(each).toFixed(1)}`).join("") }));
    points.forEach((each, i) => svg.append(draw("circle", { cx: x(i), cy: y(each), r: i === best ? 6 : 4, class: i === best ? "best" : "" })));
    const rows = takes.map(([name, recorded_at, each]) => make("tr", {}, make("th", { scope: "row" }, make("button", { type: "button", class: "link", onclick: () => open(name) }, name)), make("td", {}, when(recorded_at)), make("td", {}, String(each))));
    return make("div", { class: "over-time" },
      make("h3", {}, "Scores over time"), svg, make("p", { class: "note" }, text),
      make("details", {}, make("summary", {}, "As a table"), make("div", { class: "scroll list", tabindex: "0", role: "region", "aria-label": "Scores as a table" }, make("table", {}, make("tbody", {}, ...rows)))));
  }

  // ── the script against what was said ────────────────────────────────────────────────────────────

  const KINDS = { left_out: "left out", added: "added", changed: "said in place of it", moved: "said elsewhere" };

  /** Fill a section with the script diff; `play(start, end)` plays a place. */
  function showDifferences(section, differences, play) {
    section.hidden = !differences;
    if (!differences) return section.replaceChildren();
    const others = differences.filter(([kind]) => kind !== "same");
    const count = kind => others.filter(([each]) => each === kind).length;
    const counts = Object.keys(KINDS).filter(count).map(kind => `${count(kind)} ${kind.replace("_", " ")}`).join(", ");
    const texts = differences.flatMap(difference => [...stretch(difference, play), " "]);
    section.replaceChildren(
      make("h2", { id: "differs" }, "Your script and what you said"),
      make("p", {}, others.length ? `Places that differ: ${counts}.` : "You said the script word for word."),
      make("p", { class: "diff" }, ...texts),
      others.length ? make("p", { class: "note kinds" }, make("del", {}, "left out"), " ", make("ins", { class: "added" }, "added"), " ", make("del", {}, "script"), make("ins", { class: "changed" }, "said in its place"), " ", make("ins", { class: "moved" }, "said elsewhere")) : "");
  }

  function stretch([kind, script, said, start_s, end_s], play) {
    const aloud = text => make("span", { class: "hush" }, text);
    const heard = (tag, attributes, ...texts) => {
      if (start_s == null || !play) return make(tag, attributes, ...texts);
      const start = () => play(start_s, end_s);
      const element = make(tag, { ...attributes, "data-start": start_s, title: "Play this place", onclick: start }, ...texts);
      if (kind !== "same") {
        element.tabIndex = 0;
        element.addEventListener("keydown", event => { if (event.key === "Enter") start(); });
      }
      return element;
    };
    if (kind === "same") return [heard("span", {}, script)];
    const parts = [];
    if (script && kind !== "moved") parts.push(make("del", {}, aloud("left out: "), script));
    if (said) parts.push(heard("ins", { class: kind }, aloud(`${KINDS[kind]}: `), said));
    return parts;
  }

  return { show, showDifferences };
})();
