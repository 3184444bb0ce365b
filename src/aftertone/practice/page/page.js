"use strict";
// What the parts of the practice page share: its data, its requests, texts of numbers and dates.
const Page = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

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

  const memory = new Map(); // for a browser without a store, such as a private window

  /** Keep a text over a reload of this tab and, if it is shared, as the beginning of a new tab. */
  function remember(name, text, isShared = true) {
    memory.set(name, text);
    for (const store of isShared ? ["sessionStorage", "localStorage"] : ["sessionStorage"]) {
      try { window[store].setItem(`aftertone.${name}`, text); } catch { /* no store, or a full one */ }
    }
  }

  function remembered(name) {
    if (memory.has(name)) return memory.get(name);
    for (const store of ["sessionStorage", "localStorage"]) {
      try {
        const text = window[store].getItem(`aftertone.${name}`);
        if (text != null) return text;
      } catch { /* no store */ }
    }
    return null;
  }

  const isToday = date => date.toDateString() === new Date().toDateString();

  /** When a take was recorded: "today, 14:05" or "3 Nov, 14:05". */
  function when(iso) {
    const date = new Date(iso ?? NaN);
    return isNaN(date) ? "" : `${isToday(date) ? "today" : DATE.format(date)}, ${CLOCK.format(date)}`;
  }

  const day = iso => { const date = new Date(iso ?? NaN); return isNaN(date) ? "" : DATE.format(date); };

  /** Bounds in words: "10 to 20", "at most 36", "at least 5"; "" without any. */
  const bounds = ([low, high]) => low != null && high != null ? `${low} to ${high}` : high != null ? `at most ${high}` : low != null ? `at least ${low}` : "";

  const clock = s => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

  return { data, at, call, remember, remembered, when, day, bounds, clock };
})();
