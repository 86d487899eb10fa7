// Microphones, speakers, levels, and the sound that tries a speaker.

import { remember, remembered } from "/page/memory.js";

/** What is wrong with a microphone: `denied`, `none`, `busy`, `insecure` or `failed`. */
export class MicrophoneTrouble extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

const TROUBLES = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", NotReadableError: "busy", AbortError: "busy",
};

/** Whether the browser lets us choose where sound comes out. */
export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

let context;

/** The one audio context; it may sleep until somebody touches the page. */
function audioContext() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

/**
 * The person's microphone. One for the page; its track changes when they choose another.
 *
 * Events: `change` where there is another track or none, `lost` where the device went away.
 */
export class Microphone extends EventTarget {
  #track = null;
  #meter = null;

  get track() {
    return this.#track;
  }

  /** Whether the browser takes echo and noise out, and evens the level. */
  get isProcessed() {
    return remembered("processing") !== "off";
  }

  /** Opens a device, the one of last time where none is named. Throws `MicrophoneTrouble`. */
  async open(device = remembered("microphone")) {
    if (!navigator.mediaDevices) throw new MicrophoneTrouble("insecure");
    const track = await this.#capture(device);
    this.close();
    this.#track = track;
    this.#meter = new Meter(new MediaStream([track]));
    track.addEventListener("ended", () => {
      if (this.#track !== track) return;
      this.close();
      this.dispatchEvent(new Event("lost"));
    });
    this.dispatchEvent(new Event("change"));
    return track;
  }

  /** Chooses a device from now on. */
  async choose(device) {
    remember("microphone", device);
    return this.open(device);
  }

  /** Opens it anew, with or without the browser's processing. */
  async process(wanted) {
    remember("processing", wanted ? "on" : "off");
    return this.open();
  }

  close() {
    this.#track?.stop();
    this.#meter?.close();
    this.#track = this.#meter = null;
  }

  /** From 0, silence, to 1, as loud as it can be. */
  level() {
    return this.#meter?.level() ?? 0;
  }

  async #capture(device) {
    const processing = this.isProcessed;
    const audio = { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing };
    try {
      const wish = device ? { ...audio, deviceId: { exact: device } } : audio;
      return (await navigator.mediaDevices.getUserMedia({ audio: wish })).getAudioTracks()[0];
    } catch (error) {
      // The device of last time may be unplugged: any other will do.
      if (device && (error.name === "OverconstrainedError" || error.name === "NotFoundError")) return this.#capture(null);
      throw new MicrophoneTrouble(TROUBLES[error.name] ?? "failed");
    }
  }
}

/** Measures a stream without being heard. */
export class Meter {
  #source;
  #analyser;
  #samples;

  constructor(stream) {
    this.#source = audioContext().createMediaStreamSource(stream);
    this.#analyser = audioContext().createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source.connect(this.#analyser);
  }

  /** From 0 at −60 dBFS rms or below to 1 at −10 dBFS. */
  level() {
    audioContext();
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return levelOf(10 * Math.log10(Math.max(power, 1e-12)));
  }

  close() {
    this.#source.disconnect();
  }
}

/** A level in dBFS rms on a scale from 0 to 1. */
export const levelOf = (dBFS) => Math.min(1, Math.max(0, (dBFS + 60) / 50));

/** The devices of a kind, `audioinput` or `audiooutput`; without names until a microphone was allowed. */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId !== "");
}

/** Sends an element's sound to the chosen speaker. */
export async function useSpeaker(element, device = remembered("speaker")) {
  if (!canChooseSpeaker || !device) return;
  remember("speaker", device);
  // It may be unplugged: then the system's own stays.
  await element.setSinkId(device).catch(() => {});
}

/** Plays three soft notes at the chosen speaker; resolves at their end. */
export async function testSpeaker() {
  const sound = new Audio(URL.createObjectURL(new Blob([chime()], { type: "audio/wav" })));
  await useSpeaker(sound);
  const end = new Promise((resolve) => sound.addEventListener("ended", resolve));
  await sound.play();
  await end;
  URL.revokeObjectURL(sound.src);
}

/** A WAV file of 24 kHz, 16 bits, mono. */
function chime(rate = 24_000) {
  const notes = [523.25, 659.25, 783.99];
  const count = Math.round(rate * 1.3);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (place, letters) => [...letters].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  text(8, "WAVEfmt ");
  [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, rate, 4], [28, 2 * rate, 4], [32, 2, 2], [34, 16, 2]].forEach(
    ([place, value, bytes]) => (bytes === 4 ? view.setUint32(place, value, true) : view.setUint16(place, value, true)));
  text(36, "data");
  view.setUint32(40, 2 * count, true);
  for (let index = 0; index < count; index += 1) {
    const seconds = index / rate;
    const sum = notes.reduce((sample, pitch, number) => {
      const since = seconds - number * 0.22;
      if (since < 0) return sample;
      return sample + Math.sin(2 * Math.PI * pitch * since) * Math.min(1, since * 80) * Math.exp(-4 * since);
    }, 0);
    view.setInt16(44 + 2 * index, 6_000 * sum, true);
  }
  return view.buffer;
}
