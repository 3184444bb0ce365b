"use strict";
// The number drill: say just the number, and see its pace, groups and digits.
const Drill = (() => {
  const { make } = Aftertone;
  const { data, at, call } = Page;
  const MOST_S = 30;
  let turn = null; // the recording in progress
  let tries = 0;

  async function press() {
    if (turn) return turn.stop();
    if (Practice.isRecording()) {
      at("drillstatus").textContent = "Stop the recording first.";
      return;
    }
    if (!at("number").reportValidity()) return;
    const number = at("number").value;
    turn = { stop: () => { turn.isCancelled = true; } };
    Practice.hush();
    try {
      at("sayword").textContent = "Stop";
      at("drillstatus").textContent = "Opening the microphone…";
      await Microphone.open();
      if (turn.isCancelled) return at("drillstatus").replaceChildren();
      Object.assign(turn, Microphone.record(MOST_S, s => { at("saycount").textContent = `${s.toFixed(0)} s`; }));
      at("drill").classList.add("live");
      at("drillstatus").textContent = "Say the number, then press Stop.";
      const sound = await turn.sound;
      if (sound) await judge(sound, number);
    } catch (error) {
      if (!Practice.showMicrophone(error)) at("drillstatus").textContent = error.message;
      else at("drillstatus").textContent = "";
    } finally {
      turn = null;
      at("drill").classList.remove("live");
      at("sayword").textContent = tries ? "Again" : "Say the number";
      at("saycount").textContent = "";
      Practice.settleMicrophone();
    }
  }

  async function judge(sound, number) {
    at("drill").classList.remove("live");
    at("say").disabled = true;
    at("drillstatus").textContent = "Measuring the number…";
    try {
      const form = new FormData();
      form.append("number", number);
      form.append("audio", sound, "number.webm");
      const result = await call("/drill", { method: "POST", body: form });
      tries += 1;
      at("drillstatus").textContent = `Try ${tries}: ${spoken(result)}`;
      at("drillresult").replaceChildren(card(result));
      at("tries").prepend(make("li", { value: tries }, result.written ? `${result.written}: ${spoken(result)}` : spoken(result)));
    } finally {
      at("say").disabled = false;
    }
  }

  const rate = ({ digits_per_s }) => digits_per_s == null ? "" : `${digits_per_s.toFixed(1)} digits a second`;

  function spoken(result) {
    if (!result.digits) return result.why || "no number was heard";
    const right = { true: "right", false: "wrong digits" }[result.is_right] ?? "";
    return [rate(result), right].filter(Boolean).join(", ") || result.why || "";
  }

  /** What was heard in groups, with each digit that is not in the number marked. */
  function card(result) {
    if (!result.digits) return make("p", { class: "problem" }, result.why || "No number was heard.");
    const fast = data.playbooks[at("playbook").value].digits_per_s_max ?? 2;
    const facts = [];
    if (result.digits_per_s != null) facts.push([!result.is_slow ? "missed" : "met", `${rate(result)} (at most ${fast})${result.is_slow ? "" : ": slower"}`]);
    if (result.groups.length) facts.push([result.groups.length > 1 ? "met" : "missed", result.groups.length > 1 ? `${result.groups.length} groups` : "no pause between groups"]);
    if (result.is_right != null) facts.push([result.is_right ? "met" : "missed", result.is_right ? "the right digits" : result.digits.length === result.expected_count ? "not the digits to say" : `${result.digits.length} digits in place of ${result.expected_count}`]);
    return make("div", { class: "result" },
      make("p", { class: "tosay" }, ...inGroups(result)),
      make("ul", { class: "found" }, ...facts.map(([verdict, text]) => make("li", {}, make("span", { class: `verdict ${verdict}` }, verdict === "met" ? "✓ " : "✗ "), text))),
      result.why ? make("p", { class: "note" }, result.why) : "");
  }

  /** The digits in their groups; those that differ from the number to say are marked. */
  function inGroups({ digits, groups, differing, is_right }) {
    let start = 0;
    return (groups.length ? groups : [digits]).map(group => {
      const marked = [...group].map((digit, i) => is_right === false && differing.includes(start + i) ? make("mark", {}, make("span", { class: "hush" }, "wrong: "), digit) : digit);
      start += group.length;
      return make("span", { class: "group" }, ...marked);
    });
  }

  const cancel = () => { if (turn) { turn.isCancelled = true; (turn.cancel ?? turn.stop)(); } };

  at("say").addEventListener("click", press);
  return { cancel, isRecording: () => turn !== null };
})();
