// The room's events (Server-Sent Events, WHATWG HTML 9.2), read by fetch: an EventSource cannot send a token.

import { Problem, roomPath } from "/page/api.js";

/** Longer than this without a byte, and the stream is taken for dead; the bridge says something every 15 s. */
const SILENCE = 40_000;

/**
 * Reads a room's events for as long as it is wanted, and comes back by itself.
 *
 * `opened` is called with each new stream before its first event; `event` with name and data; `broken` where a stream ended;
 * `refused` with the problem where the bridge does not let us read any more.
 */
export class EventFeed {
  #api;
  #room;
  #calls;
  #stop = new AbortController();
  #lastID = "";
  #tries = 0;
  #wake = () => {};

  constructor(api, room, calls) {
    this.#api = api;
    this.#room = room;
    this.#calls = calls;
  }

  start() {
    this.#run();
  }

  stop() {
    this.#stop.abort();
    this.#wake();
  }

  /** Does not wait any longer before it comes back. */
  hurry() {
    this.#wake();
  }

  async #run() {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
          return this.#calls.refused(error);
        }
      }
      if (this.#stop.signal.aborted) return;
      this.#calls.broken();
      await this.#pause(Math.min(15_000, 500 * 2 ** this.#tries));
      this.#tries += 1;
    }
  }

  async #read() {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    this.#stop.signal.addEventListener("abort", end);
    let watch = setTimeout(end, SILENCE);
    try {
      const headers = this.#lastID ? { "Last-Event-ID": this.#lastID } : {};
      const path = roomPath(this.#room, "events");
      const response = await this.#api.ask("GET", path, { headers, signal: attempt.signal });
      this.#tries = 0;
      await this.#calls.opened();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE);
        for (const event of parser.take(value)) this.#deliver(event);
      }
    } finally {
      clearTimeout(watch);
      this.#stop.signal.removeEventListener("abort", end);
      attempt.abort();
    }
  }

  #deliver({ name, data, id }) {
    if (id !== null) this.#lastID = id;
    let fields;
    try {
      fields = JSON.parse(data);
    } catch {
      return;
    }
    this.#calls.event(name, fields);
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds * (0.75 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Cuts a stream of text into events; the bridge ends lines by a line feed alone. */
export class EventParser {
  #rest = "";

  /** The events that are whole now: name, data, and their id or `null`. */
  take(text) {
    const frames = (this.#rest + text).split("\n\n");
    this.#rest = frames.pop();
    return frames.map(parse).filter((event) => event.data !== "");
  }
}

function parse(frame) {
  const event = { name: "message", data: "", id: null };
  const data = [];
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (field === "event") event.name = value;
    if (field === "data") data.push(value);
    if (field === "id") event.id = value;
  }
  event.data = data.join("\n");
  return event;
}
