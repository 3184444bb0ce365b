"use strict";
// The report: one message, or a table whose rows open.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const place = document.getElementById("message");
  const overview = document.getElementById("overview");
  let shown = null;

  function open() {
    const match = /^#message-(\d+)$/.exec(location.hash);
    const message = data.single ? data.messages[0] : match && data.messages[Number(match[1])];
    if (shown) shown.close();
    shown = null;
    place.hidden = !message;
    if (overview) overview.hidden = Boolean(message);
    const failures = document.getElementById("failures");
    if (failures) failures.hidden = Boolean(message);
    if (!message) {
      if (match) document.getElementById("main").focus();
      return;
    }
    place.replaceChildren();
    if (!data.single) {
      const back = document.createElement("a");
      back.href = "#";
      back.className = "back";
      back.textContent = "← all messages";
      place.append(back);
    }
    const review = document.createElement("div");
    place.append(review);
    shown = Aftertone.show(review, message, { heading: data.single ? "h1" : "h2", rules: data.rules });
    if (!data.single) {
      window.scrollTo(0, 0);
      review.querySelector("h2").focus();
    }
  }

  window.addEventListener("hashchange", open);
  open();

  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];

  function sort(column) {
    const head = heads[column];
    const down = head.getAttribute("aria-sort") === "ascending";
    const value = row => row.cells[column].dataset.value;
    const numeric = head.dataset.kind === "number";
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === ""); // what is not known comes last, both ways
      const order = numeric ? x - y : x.localeCompare(y, undefined, { numeric: true });
      return down ? -order : order;
    });
    heads.forEach(each => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  }
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(column)));

  const find = document.getElementById("find");
  const missed = document.getElementById("missed");
  function filter() {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const row of body.rows) {
      const fits = row.textContent.toLowerCase().includes(wanted) &&
        (!missed.value || row.dataset.missed.split(" ").includes(missed.value));
      row.hidden = !fits;
      count += fits;
    }
    document.getElementById("shown").textContent = `${count} shown`;
  }
  find.addEventListener("input", filter);
  missed.addEventListener("change", filter);
})();
