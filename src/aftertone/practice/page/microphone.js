"use strict";
// The microphone: its level and pace while it is open, and recordings of it.
const Microphone = (() => {
  const POLL_MS = 50;
  const BUFFER = 32768; // samples: 0.7 s at 48 kHz, for when the browser delays the timer
  const BEEP_HZ = 1000; // like an answering machine: about 1 kHz for half a second
  const BEEP_S = 0.5;
  const BITS_PER_S = 128000;
  const WANTED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const wait = ms => new Promise(done => setTimeout(done, ms));

  let opened = null; // { stream, context, analyser, timer, last_s }
  let opening = null;
  let voice = null;
  let listener = () => {};

  /** Whether the browser lets this page use the microphone without asking. */
  async function isAllowed() {
    try {
      return (await navigator.permissions.query({ name: "microphone" })).state === "granted";
    } catch {
      return false; // a browser that cannot say
    }
  }

  function open() {
    if (opened) return Promise.resolve();
    return opening ??= connect().finally(() => { opening = null; });
  }

  async function connect() {
    if (!navigator.mediaDevices) throw Object.assign(new Error("this browser cannot record on this page"), { name: "NotSupportedError" });
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: BUFFER });
    context.createMediaStreamSource(stream).connect(analyser);
    await Promise.race([context.resume(), wait(500)]); // without a gesture it may stay asleep
    opened = { stream, context, analyser, last_s: context.currentTime, samples: new Float32Array(BUFFER) };
    opened.timer = setInterval(poll, POLL_MS);
    stream.getTracks().forEach(track => track.addEventListener("ended", close));
    renew();
  }

  /** Forget the sound so far: level and pace begin anew. */
  function renew() {
    voice = opened && new Voice(opened.context.sampleRate);
  }

  function poll() {
    const { context, analyser, samples } = opened;
    const count = Math.min(Math.round((context.currentTime - opened.last_s) * context.sampleRate), BUFFER);
    if (count > 0) {
      opened.last_s = context.currentTime;
      analyser.getFloatTimeDomainData(samples);
      voice.push(samples.subarray(BUFFER - count));
    }
    listener(voice);
  }

  function close() {
    if (!opened) return;
    clearInterval(opened.timer);
    opened.stream.getTracks().forEach(track => track.stop());
    opened.context.close();
    opened = null;
    voice = null;
    listener(null);
  }

  /** The open microphone; an error where it was unplugged since. */
  function present() {
    if (!opened) throw Object.assign(new Error("the microphone is gone"), { name: "NotFoundError" });
    return opened;
  }

  async function beep() {
    const { context } = present();
    const tone = new OscillatorNode(context, { frequency: BEEP_HZ });
    const gain = new GainNode(context, { gain: 0.2 });
    tone.connect(gain).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + BEEP_S);
    await wait(1000 * BEEP_S);
  }

  /** Record until `stop` or `cancel` is called or `most_s` are over. `sound` is a promise of a Blob, or of null. */
  function record(most_s, tick = () => {}) {
    renew();
    const pieces = [];
    const recorder = new MediaRecorder(present().stream, { audioBitsPerSecond: BITS_PER_S });
    const began_ms = performance.now();
    let isCancelled = false;
    const stop = () => { if (recorder.state !== "inactive") recorder.stop(); };
    const timer = setInterval(() => {
      const s = (performance.now() - began_ms) / 1000;
      tick(s);
      if (s >= most_s) stop();
    }, 100);
    const sound = new Promise((done, failed) => {
      recorder.ondataavailable = event => pieces.push(event.data);
      recorder.onerror = event => { clearInterval(timer); failed(event.error ?? new Error("the recording failed")); };
      recorder.onstop = () => {
        clearInterval(timer);
        done(isCancelled ? null : new Blob(pieces, { type: recorder.mimeType }));
      };
    });
    recorder.start();
    return { sound, stop, cancel: () => { isCancelled = true; stop(); } };
  }

  return { open, close, isAllowed, beep, record, renew, wait, isOpen: () => opened !== null, listen: each => { listener = each; } };
})();
