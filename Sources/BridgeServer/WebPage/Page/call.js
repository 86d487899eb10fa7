// The sound: one WebRTC connection to the room, made by WHIP (RFC 9725), kept through changes of the network.

import { Problem, roomPath } from "/page/api.js";
import { freshOffer, restartFragment, withRestart } from "/page/sdp.js";

/** How long a connection may take, and how long an ICE restart. */
const CONNECTING = 15_000;
const RESTARTING = 6_000;

/** The bridge answers, but no sound comes through. */
export class NoMedia extends Error {}

/** Refusals that trying again does not change. */
const FINAL = new Set(["unauthorized", "sessionrevoked", "forbidden", "roomclosed", "pinneeded"]);

/**
 * The person's leg. It connects, tells how it stands, and comes back by itself until it is closed.
 *
 * Events: `state` (see `state`), `end` with `problem` where the bridge will not have us back.
 */
export class Call extends EventTarget {
  /** `connecting`, `connected`, `mending` (ICE restarts), `waiting` (for the next try) or `closed`. */
  state = "connecting";
  /** Why it waits: a Problem, Unreachable or NoMedia. */
  trouble = null;
  #api;
  #room;
  #sound;
  #track = null;
  #peer = null;
  #place = null;
  #answer = null;
  #tries = 0;
  #wake = () => {};
  #isClosed = false;

  constructor(api, room, sound) {
    super();
    this.#api = api;
    this.#room = room;
    this.#sound = sound;
  }

  /** Connects with that track; `null`: to listen only. */
  start(track) {
    this.#track = track;
    this.#run();
  }

  /** The connection's statistics, or `null`. */
  stats() {
    return this.#peer?.getStats() ?? null;
  }

  /** Talks with another track. A leg that only listens connects anew to talk. */
  async use(track) {
    const hadNone = this.#track === null;
    this.#track = track;
    if (hadNone) return this.renew();
    await this.#sender()?.replaceTrack(track);
  }

  /** Leaves the room. The answer is not waited for: the page may be closing. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#place) this.#api.ask("DELETE", this.#place, { keepalive: true }).catch(() => {});
    this.#drop();
    this.#wake();
    this.#tell("closed");
  }

  /** The network changed, or something else seems wrong: looks after the connection now. */
  check() {
    this.#tries = 0;
    this.#wake("check");
  }

  /** Joins anew: the bridge does not know our leg any more. */
  renew() {
    this.#tries = 0;
    this.#wake("renew");
  }

  async #run() {
    while (!this.#isClosed) {
      try {
        await this.#connect();
        this.#tries = 0;
        this.#tell("connected");
        await this.#untilBroken();
        this.#drop();
        this.#tell("connecting");
        continue;
      } catch (error) {
        this.#drop();
        if (this.#isClosed) return;
        if (error instanceof Problem && FINAL.has(error.code)) return this.#end(error);
        this.#tell("waiting", error);
      }
      await this.#pause();
      if (!this.#isClosed) this.#tell("connecting", this.trouble);
    }
  }

  async #connect() {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.#peer = peer;
    const direction = this.#track ? "sendrecv" : "recvonly";
    peer.addTransceiver(this.#track ?? "audio", { direction, streams: this.#track ? [new MediaStream([this.#track])] : [] });
    peer.addEventListener("track", ({ track }) => {
      this.#sound.srcObject = new MediaStream([track]);
    });
    const offer = await freshOffer(peer);
    const path = roomPath(this.#room, "whip");
    const response = await this.#api.ask("POST", path, { body: offer, type: "application/sdp" });
    this.#place = new URL(response.headers.get("Location"), location.origin + path).pathname;
    this.#answer = await response.text();
    await peer.setRemoteDescription({ type: "answer", sdp: this.#answer });
    if (!(await this.#becomes(CONNECTING, isThrough))) throw new NoMedia();
  }

  /** Waits until the connection is beyond repair; what an ICE restart can mend is mended in between. */
  async #untilBroken() {
    while (!this.#isClosed) {
      const reason = await this.#breaks();
      if (this.#isClosed || reason === "renew") return;
      this.#tell("mending");
      // Much mends itself within a moment.
      if (reason === "state" && (await this.#becomes(1_500, isThrough))) {
        this.#tell("connected");
        continue;
      }
      if (!(await this.#restart())) return;
      this.#tell("connected");
    }
  }

  /** What makes us look after the connection: `state`, `check` or `renew`. */
  #breaks() {
    const peer = this.#peer;
    return new Promise((resolve) => {
      const look = () => {
        if (!isThrough(peer)) end("state");
      };
      const end = (reason) => {
        peer.removeEventListener("iceconnectionstatechange", look);
        this.#wake = () => {};
        resolve(reason);
      };
      peer.addEventListener("iceconnectionstatechange", look);
      this.#wake = end;
      look();
    });
  }

  /** ICE restart by PATCH (RFC 9725, 4.3.2); whether the sound is back. */
  async #restart() {
    const peer = this.#peer;
    try {
      peer.restartIce();
      const offer = await freshOffer(peer);
      const headers = { "If-Match": "*" };
      const response = await this.#api.ask("PATCH", this.#place, {
        body: restartFragment(offer), type: "application/trickle-ice-sdpfrag", headers, limit: RESTARTING,
      });
      this.#answer = withRestart(this.#answer, await response.text());
      await peer.setRemoteDescription({ type: "answer", sdp: this.#answer });
    } catch {
      return false;
    }
    return this.#becomes(RESTARTING, isThrough);
  }

  /** Waits for so long until the peer connection is as wanted; whether it is. */
  #becomes(milliseconds, isWanted) {
    const peer = this.#peer;
    return new Promise((resolve) => {
      const end = (result) => {
        clearTimeout(timer);
        peer.removeEventListener("iceconnectionstatechange", look);
        peer.removeEventListener("connectionstatechange", look);
        this.#wake = () => {};
        resolve(result);
      };
      const look = () => {
        if (isWanted(peer)) end(true);
        else if (peer.connectionState === "failed" || peer.connectionState === "closed") end(false);
      };
      const timer = setTimeout(() => end(false), milliseconds);
      this.#wake = () => {
        if (this.#isClosed) end(false);
      };
      peer.addEventListener("iceconnectionstatechange", look);
      peer.addEventListener("connectionstatechange", look);
      look();
    });
  }

  #sender() {
    return this.#peer?.getTransceivers()[0]?.sender;
  }

  #drop() {
    this.#peer?.close();
    this.#peer = null;
  }

  #end(problem) {
    this.#isClosed = true;
    this.#tell("closed", problem);
    this.dispatchEvent(Object.assign(new Event("end"), { problem }));
  }

  #tell(state, trouble = null) {
    if (this.#isClosed && state !== "closed") return;
    this.state = state;
    this.trouble = trouble;
    this.dispatchEvent(new Event("state"));
  }

  /** 0.5 s, 1 s, 2 s … 10 s, a little at random, or what the bridge asks for; cut short by `check`. */
  #pause() {
    const own = Math.min(10_000, 500 * 2 ** this.#tries) * (0.75 + Math.random() / 2);
    this.#tries += 1;
    const milliseconds = Math.max(own, 1_000 * Math.min(30, this.trouble?.retryAfter ?? 0));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const isThrough = (peer) =>
  ["connected", "completed"].includes(peer.iceConnectionState) && peer.connectionState === "connected";
