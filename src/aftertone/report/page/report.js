"use strict";
// The page of a report: one message, or a table in which each row opens a message.
(() => {
  const { make, show } = Aftertone;
  const data = JSON.parse(document.getElementById("data").textContent);
  const messagePlace = document.getElementById("message");
  let shownReview = null;

  function showAddressed() {
    const match = /^#message-(\d+)$/.exec(location.hash);
    const message = data.single ? data.messages[0] : match && data.messages[Number(match[1])];
    if (shownReview) shownReview.close();
    shownReview = null;
    messagePlace.hidden = !message;
    for (const part of document.querySelectorAll("header, #overview, #failures")) part.hidden = Boolean(message);
    if (!message) {
      if (match) document.getElementById("main").focus();
      return;
    }
    const review = make("div");
    messagePlace.replaceChildren(...(data.single ? [] : [make("a", { href: "#", class: "back" }, "← all messages")]), review);
    shownReview = show(review, message, { heading: data.single ? "h1" : "h2", rules: data.rules });
    if (!data.single) {
      window.scrollTo(0, 0);
      review.querySelector("h2").focus();
    }
  }

  window.addEventListener("hashchange", showAddressed);
  showAddressed();

  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];

  function sortBy(column) {
    const head = headings[column];
    const isDescending = head.getAttribute("aria-sort") === "ascending";
    const value = row => row.cells[column].dataset.value;
    const numeric = head.dataset.kind === "number";
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === ""); // unknown values come last in both directions
      const order = numeric ? x - y : x.localeCompare(y, undefined, { numeric: true });
      return isDescending ? -order : order;
    });
    headings.forEach(each => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
    body.append(...rows);
  }
  headings.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sortBy(column)));

  // ── filters ─────────────────────────────────────────────────────────────────────────────────────

  const searchField = document.getElementById("find");
  const rule = document.getElementById("rule");
  const verdict = document.getElementById("verdict");

  function verdictOn(row, id) {
    const finding = data.messages[row.dataset.index].findings.find(each => data.rules[each.rule].id === id);
    return finding ? finding.verdict : "n/a";
  }

  function filter() {
    const wanted = searchField.value.trim().toLowerCase();
    verdict.disabled = !rule.value;
    let shown = 0;
    let without = 0; // messages whose playbook has no such rule
    for (const row of body.rows) {
      const found = rule.value ? verdictOn(row, rule.value) : "";
      row.hidden = !row.textContent.toLowerCase().includes(wanted) || (found !== "" && found !== verdict.value);
      shown += !row.hidden;
      without += found === "n/a";
    }
    document.getElementById("shown").textContent = `${shown} shown${without && verdict.value !== "n/a" ? `; n/a in ${without}` : ""}`;
  }
  for (const field of [searchField, rule, verdict]) field.addEventListener("input", filter);
})();
