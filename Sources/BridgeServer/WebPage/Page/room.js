// In the room: brings together the call, what is known of the meeting, and the views.

import { Problem } from "/page/api.js";
import { useSpeaker } from "/page/audio.js";
import { Banner } from "/page/banner.js";
import { Call } from "/page/call.js";
import { Controls } from "/page/controls.js";
import { announce, find, icon, make, toast } from "/page/dom.js";
import { Meeting } from "/page/meeting.js";
import { QualityView } from "/page/quality-view.js";
import { Seats } from "/page/seats.js";
import { Things } from "/page/things.js";
import { say } from "/page/words.js";

/** What a refused wish of the person's means to them. */
const TROUBLES = { 429: "trouble.tooOften", 413: "trouble.tooLarge", 403: "trouble.forbidden" };

/** Says why something that the person wanted was not done. */
export function explain(error) {
  const words = error instanceof Problem ? TROUBLES[error.status] : "trouble.unreachable";
  toast(words ? say(words) : error.message, "bad");
}

/** One stay in the room; `calls` has `left`, `kicked`, `closed` and `expired`. */
export class RoomView {
  #api;
  #session;
  #microphone;
  #calls;
  #meeting;
  #call;
  #views = [];
  #over = new AbortController();
  #entered = Date.now();
  #clock = 0;
  #wakeLock = null;

  constructor(api, session, microphone, calls) {
    [this.#api, this.#session, this.#microphone, this.#calls] = [api, session, microphone, calls];
    this.#meeting = new Meeting(api, session);
    this.#call = new Call(api, session.room, find("sound"));
    const parts = { meeting: this.#meeting, call: this.#call, microphone, leave: () => this.#leave() };
    this.#views = [Seats, Things, Controls, QualityView, Banner].map((View) => new View(parts));
    this.#listen();
  }

  start() {
    find("room-name").textContent = this.#session.room;
    document.title = `${this.#session.room} – Partyline`;
    useSpeaker(find("sound"));
    this.#meeting.start();
    this.#call.start(this.#microphone.track);
    this.#clock = setInterval(() => this.#showTime(), 1_000);
    this.#stayAwake();
    this.#renderFacts();
  }

  /** Ends all that goes on; nobody is told. */
  stop() {
    this.#over.abort();
    this.#meeting.stop();
    this.#call.close();
    this.#views.forEach((view) => view.stop());
    clearInterval(this.#clock);
    this.#wakeLock?.release().catch(() => {});
  }

  #leave() {
    this.#call.close();
    this.#calls.left();
  }

  #listen() {
    const { signal } = this.#over;
    const on = (target, name, run) => target.addEventListener(name, run, { signal });
    on(this.#meeting, "room", () => this.#renderFacts());
    on(this.#meeting, "people", () => this.#renderFacts());
    on(this.#meeting, "joined", ({ member }) => announce(say("person.joined", member)));
    on(this.#meeting, "left", ({ member }) => announce(say("person.left", member)));
    on(this.#meeting, "hand", ({ member }) => this.#tellHand(member));
    on(this.#meeting, "missing", () => this.#comeBack());
    on(this.#meeting, "gone", ({ reason }) => (reason === "kicked" ? this.#calls.kicked() : this.#comeBack()));
    on(this.#meeting, "closed", ({ reason }) => {
      // A bridge that stops may start again, with the room opened anew: the call waits for it.
      if (reason !== "shutdown") this.#calls.closed();
    });
    on(this.#meeting, "refused", ({ problem }) => this.#refused(problem));
    on(this.#meeting, "feed", ({ isOpen }) => !isOpen && this.#call.state === "connected" && this.#call.check());
    on(this.#call, "end", ({ problem }) => this.#refused(problem));
    on(this.#call, "state", () => this.#call.state === "connected" && this.#meeting.hurry());
    on(this.#microphone, "change", () => this.#call.use(this.#microphone.track).catch(() => {}));
    on(this.#microphone, "lost", () => this.#replaceMicrophone());
    on(window, "online", () => this.#networkChanged());
    on(navigator.connection ?? new EventTarget(), "change", () => this.#networkChanged());
    on(window, "pagehide", ({ persisted }) => !persisted && this.#call.close());
    on(window, "language", () => this.#renderFacts());
    on(document, "visibilitychange", () => document.visibilityState === "visible" && this.#stayAwake());
  }

  #networkChanged() {
    this.#call.check();
    this.#meeting.hurry();
  }

  #comeBack() {
    if (this.#call.state === "connected" || this.#call.state === "mending") this.#call.renew();
  }

  #refused(problem) {
    if (problem.code === "sessionrevoked") this.#calls.kicked();
    else if (problem.code === "roomclosed") this.#calls.closed();
    else this.#calls.expired();
  }

  #tellHand(member) {
    if (this.#meeting.isMe(member)) return;
    const words = say("person.raised", member);
    if (this.#meeting.isHost) toast(words);
    else announce(words);
  }

  async #replaceMicrophone() {
    toast(say("audio.lost"), "bad");
    await this.#microphone.open(null).catch(() => {});
  }

  /** A phone's screen stays on while one talks; where that cannot be, nothing is lost. */
  async #stayAwake() {
    this.#wakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  }

  #renderFacts() {
    const { room, people, recording } = this.#meeting;
    const fact = (picture, text, kind) => make("li", { class: kind }, icon(picture), text);
    const facts = [make("li", { class: "count" }, icon("people"), say("room.count", { n: Math.max(1, people.size) }))];
    facts.push(make("li", { class: "clock", title: say("room.elapsed") }, make("time", { id: "clock" })));
    if (room?.locked) facts.push(fact("lock", say("room.locked"), "locked"));
    if (recording) facts.push(fact("record", say("room.recording"), "recording"));
    find("room-facts").replaceChildren(...facts);
    this.#showTime();
  }

  #showTime() {
    const seconds = Math.floor((Date.now() - this.#entered) / 1_000);
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3_600);
    const text = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    find("clock").textContent = hours > 0 ? `${hours}:${text}` : text;
  }
}
