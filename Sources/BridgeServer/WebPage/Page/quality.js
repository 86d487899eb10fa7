// How the own connection is doing, in figures and in words, from getStats (W3C webrtc-stats).

/** Measures and where they stop being good, and fair: loss in %, jitter and delay in ms. */
const LIMITS = { loss: [2, 8], jitter: [30, 80], delay: [250, 500] };

/** Follows a call's statistics over the last seconds. */
export class QualityMeter {
  #before = [];

  /** Takes a report; gives back `{verdict, why, loss, jitter, delay}`, or `null` as long as there is nothing to tell. */
  take(report) {
    const now = figures(report);
    if (!now) return null;
    // A new connection counts from zero.
    if (this.#before.length > 0 && now.received < this.#before.at(-1).received) this.#before = [];
    this.#before.push(now);
    if (this.#before.length > 6) this.#before.shift();
    if (this.#before.length < 2) return null;
    return judge(now, this.#before[0]);
  }
}

function figures(report) {
  let found = null;
  const remote = {};
  for (const part of report.values()) {
    if (part.type === "inbound-rtp" && part.kind === "audio") found = { ...found, ...inbound(part) };
    if (part.type === "remote-inbound-rtp" && part.kind === "audio") remote.loss = 100 * (part.fractionLost ?? 0);
    if (part.type === "candidate-pair" && part.nominated && part.currentRoundTripTime !== undefined) {
      remote.delay = 1_000 * part.currentRoundTripTime;
    }
  }
  return found && { ...found, lossThere: remote.loss ?? 0, delay: remote.delay ?? 0 };
}

const inbound = (part) => ({
  received: part.packetsReceived ?? 0, lost: part.packetsLost ?? 0, jitter: 1_000 * (part.jitter ?? 0),
});

function judge(now, before) {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  const lossHere = received + lost > 0 ? (100 * lost) / (received + lost) : 0;
  const measures = { loss: Math.max(lossHere, now.lossThere), jitter: now.jitter, delay: now.delay };
  const grades = Object.entries(LIMITS).map(([name, limits]) => [name, limits.filter((limit) => measures[name] > limit).length]);
  const [why, grade] = grades.reduce((worst, next) => (next[1] > worst[1] ? next : worst));
  return { verdict: ["good", "fair", "poor"][grade], why: grade > 0 ? why : null, ...measures };
}
