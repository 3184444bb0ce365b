"use strict";
// The level and the pace of a voice, from the sound alone, while it comes in.
const Voice = (() => {
  const FRAME_S = 0.01;
  const FULL_SCALE_MIN = 0.98; // a sample at this share of full scale is clipped
  const LEVEL_S = 1.5; // of sound behind the level
  const ACTIVE_DB = 15; // frames within this of the loudest of LEVEL_S are voice
  const SILENT_DBOV = -62; // below it nobody speaks
  // The pace counts peaks of the correlation of four bands (Wang & Narayanan 2007): a vowel is strong in
  // all of them. Tuned on every second message of sample_audio: benchmarks/experiments/live_pace.md
  const PACE_S = 4; // of sound behind the pace
  const BANDS_HZ = [[300, 900], [700, 1400], [1200, 2400], [2000, 3400]];
  const VOICE_HZ = [300, 3400]; // speech is told from pauses here
  const SMOOTHING = 1.5; // frames, standard deviation
  const RANGE_DB = 30; // under the loudest of PACE_S; what is weaker is no speech
  const PROMINENCE_DB = 2.5; // of a peak
  const GAP_FRAMES = 20; // a shorter gap belongs to speech: the closure of a "p"
  const SPEECH_S_MIN = 1.5; // a pace needs as much
  const [SLOPE, OFFSET] = [0.92, 0.43]; // from peaks a second to syllables a second

  const decibels = power => 10 * Math.log10(Math.max(power, 1e-10));

  /** A second-order filter (Butterworth), as a function of one sample after another. */
  function filter(kind, hz, rate_hz) {
    const w = 2 * Math.PI * Math.min(hz, 0.49 * rate_hz) / rate_hz;
    const cos = Math.cos(w);
    const alpha = Math.sin(w) / Math.SQRT2;
    const edge = kind === "high" ? 1 + cos : 1 - cos;
    const a0 = 1 + alpha;
    const b0 = edge / 2 / a0;
    const b1 = (kind === "high" ? -edge : edge) / a0;
    const a1 = -2 * cos / a0;
    const a2 = (1 - alpha) / a0;
    let x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    return x => {
      const y = b0 * (x + x2) + b1 * x1 - a1 * y1 - a2 * y2;
      x2 = x1; x1 = x; y2 = y1; y1 = y;
      return y;
    };
  }

  /** The power of a band in frames of 10 ms, in dB: a function of one sample, with the levels of the last PACE_S. */
  function band([low_hz, high_hz], rate_hz, size) {
    const [high, low] = [filter("high", low_hz, rate_hz), filter("low", high_hz, rate_hz)];
    const levels_db = [];
    let power = 0, count = 0;
    const push = sample => {
      const y = low(high(sample));
      power += y * y;
      count += 1;
      if (count < size) return;
      keep(levels_db, decibels(power / size), PACE_S);
      power = count = 0;
    };
    return { push, levels_db };
  }

  function keep(list, value, s) {
    list.push(value);
    if (list.length > s / FRAME_S) list.shift();
  }

  function smoothed(line) {
    const reach = Math.ceil(3 * SMOOTHING);
    const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / SMOOTHING) ** 2));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const at = i => line[Math.min(Math.max(i, 0), line.length - 1)];
    return line.map((_, i) => weights.reduce((sum, weight, k) => sum + weight * at(i + k - reach), 0) / total);
  }

  /** How many peaks of a line stand out by `prominence` on both sides. */
  function peakCount(line, prominence) {
    let count = 0, low = line[0], high = line[0], isRising = true;
    for (const value of line) {
      if (isRising) {
        high = Math.max(high, value);
        low = Math.min(low, value);
        if (value > high - prominence) continue;
        if (high - low >= prominence) count += 1;
        isRising = false;
        low = value;
      } else if (value < low) low = value;
      else if (value >= low + prominence) {
        isRising = true;
        high = value;
      }
    }
    return count;
  }

  /** Frames of speech: those over a level, and short gaps between them. */
  function speechCount(line, least) {
    let count = 0, last = -1;
    line.forEach((value, i) => {
      if (value < least) return;
      const gap = i - last - 1;
      count += last >= 0 && gap <= GAP_FRAMES ? gap + 1 : 1;
      last = i;
    });
    return count;
  }

  /** Syllables a second, from the levels of the voice and of its bands; null where there is too little speech. */
  function paceOf(voice_db, bands_db) {
    const line = smoothed(voice_db);
    const loudest = Math.max(...line);
    const speech_s = FRAME_S * speechCount(line, loudest - RANGE_DB);
    if (loudest < SILENT_DBOV || speech_s < SPEECH_S_MIN) return null;
    const bands = bands_db.map(levels => {
      const least = Math.max(...levels) - RANGE_DB;
      return smoothed(levels.map(level => Math.max(level - least, 0)));
    });
    const correlation = line.map((_, i) => {
      let sum = 0, pairs = 0;
      for (let a = 0; a < bands.length; a += 1) {
        for (let b = a + 1; b < bands.length; b += 1) { sum += Math.sqrt(bands[a][i] * bands[b][i]); pairs += 1; }
      }
      return sum / pairs;
    });
    return SLOPE * peakCount(correlation, PROMINENCE_DB) / speech_s + OFFSET;
  }

  /** One stream of samples of a microphone. */
  return class {
    constructor(rate_hz) {
      this.size = Math.round(FRAME_S * rate_hz);
      this.voice = band(VOICE_HZ, rate_hz, this.size);
      this.bands = BANDS_HZ.map(hz => band(hz, rate_hz, this.size));
      this.powers = []; // of the frames of the last LEVEL_S
      this.peaks = []; // their largest samples
      this.frame = { power: 0, peak: 0, count: 0 };
    }

    push(samples) {
      const { frame } = this;
      for (const sample of samples) {
        this.voice.push(sample);
        for (const each of this.bands) each.push(sample);
        frame.power += sample * sample;
        frame.peak = Math.max(frame.peak, Math.abs(sample));
        frame.count += 1;
        if (frame.count < this.size) continue;
        keep(this.powers, frame.power / this.size, LEVEL_S);
        keep(this.peaks, frame.peak, LEVEL_S);
        frame.power = frame.peak = frame.count = 0;
      }
    }

    /** Level of this moment, level of the voice and held peak, in dBov; the voice's is null in silence. */
    level() {
      const mean_dbov = powers => decibels(powers.reduce((sum, power) => sum + power, 0) / Math.max(powers.length, 1));
      const active = Math.max(...this.powers, 0) / 10 ** (ACTIVE_DB / 10);
      const voice_dbov = mean_dbov(this.powers.filter(power => power >= active));
      const peak = Math.max(...this.peaks, 0);
      return {
        now_dbov: mean_dbov(this.powers.slice(-8)),
        voice_dbov: voice_dbov < SILENT_DBOV ? null : voice_dbov,
        peak_dbov: decibels(peak * peak),
        is_clipped: peak >= FULL_SCALE_MIN,
      };
    }

    /** Syllables a second of the last four seconds; null where there is too little speech. */
    pace() {
      return this.voice.levels_db.length ? paceOf(this.voice.levels_db, this.bands.map(each => each.levels_db)) : null;
    }
  };
})();
