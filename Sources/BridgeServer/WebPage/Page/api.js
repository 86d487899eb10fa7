// The bridge's HTTP API, as one person may use it.

/** The bridge refused: its problem document (RFC 9457). */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    /** One word, its letters only: `roomlocked`. */
    this.code = code;
    /** Seconds after which it is worth trying again, or `null`. */
    this.retryAfter = retryAfter;
  }
}

/** No answer: the network or the bridge is away. */
export class Unreachable extends Error {
  constructor() {
    super("no answer");
    this.name = "Unreachable";
  }
}

/** Requests with one bearer token: an invitation's or a session's. */
export class API {
  #token;

  constructor(token) {
    this.#token = token;
  }

  /** Asks, and gives back the answer where it is a good one; throws `Problem`, `Unreachable`, or an abort of the caller's. */
  async ask(method, path, { json, body, type, headers = {}, signal, keepalive, limit = 20_000 } = {}) {
    const fields = new Headers({ Authorization: `Bearer ${this.#token}`, ...headers });
    if (json !== undefined) [body, type] = [JSON.stringify(json), "application/json"];
    if (type) fields.set("Content-Type", type);
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), limit);
    const abort = () => patience.abort();
    signal?.addEventListener("abort", abort);
    try {
      const response = await fetch(path, {
        method, body, headers: fields, keepalive, signal: patience.signal, cache: "no-store", credentials: "omit",
        redirect: "error", referrerPolicy: "no-referrer",
      });
      if (!response.ok) throw await problem(response);
      return response;
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (signal?.aborted) throw error;
      throw new Unreachable();
    } finally {
      // From here on a body that is read for long, such as an event stream, ends with the caller's signal only.
      clearTimeout(timer);
    }
  }

  /** Asks, and reads the answer's JSON. */
  async json(method, path, options) {
    const response = await this.ask(method, path, options);
    return response.status === 204 ? null : response.json();
  }
}

/** A path of the API within a room; each part is escaped. */
export const roomPath = (room, ...parts) => ["/v1/rooms", ...[room, ...parts].map(encodeURIComponent)].join("/");

async function problem(response) {
  const document = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After"));
  const code = String(document.code ?? `status${response.status}`).toLowerCase().replace(/[^a-z0-9]/g, "");
  return new Problem(response.status, code, document.detail ?? response.statusText, wait > 0 ? wait : null);
}
