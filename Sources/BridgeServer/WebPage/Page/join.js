// Before the room: who somebody is, how they sound, and what keeps them out.

import { API, Problem, Unreachable, roomPath } from "/page/api.js";
import { AudioPanel } from "/page/audio-panel.js";
import { find } from "/page/dom.js";
import { remember, remembered } from "/page/memory.js";
import { say } from "/page/words.js";

/** Words for refusals that can be mended here. */
const TROUBLES = {
  pinwrong: "trouble.pin", wrongpin: "trouble.pin", pinneeded: "trouble.pin", toomanywrongpins: "trouble.pins",
  roomlocked: "trouble.locked", roomfull: "trouble.full", toooften: "trouble.tooOften",
};

/** The join form over one invitation; gives a session in the end. */
export class JoinView {
  #api;
  #invitation;
  #microphone;
  /** Of before the page was loaded anew, or `null`. */
  #session;
  #audio;
  #isWaiting = false;
  #done;

  constructor(api, invitation, microphone, session) {
    [this.#api, this.#invitation, this.#microphone, this.#session] = [api, invitation, microphone, session];
    const isForTalkers = invitation.role !== "listener";
    this.#audio = new AudioPanel(microphone, find("sound"), isForTalkers);
    find("join-audio").replaceChildren(this.#audio.element);
    find("join-name").value = session?.name ?? remembered("name") ?? "";
    find("join-form").onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.translate = this.translate.bind(this);
    window.addEventListener("language", this.translate);
    this.#render();
    this.#audio.start();
    if (isForTalkers) this.#openIfAllowed();
  }

  /** The session, once there is one. */
  result() {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  translate() {
    this.#audio.translate();
    this.#render();
  }

  /** Who allowed the microphone before is not asked again: their level shows at once. */
  async #openIfAllowed() {
    const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
    if (permission?.state === "granted") this.#audio.open();
  }

  #render() {
    const { room, role, needsPIN, locked, open } = this.#invitation;
    find("join-room").textContent = room;
    document.title = `${room} – Partyline`;
    const facts = [];
    if (role === "host") facts.push(say("join.asHost"));
    if (role === "listener") facts.push(say("join.asListener"));
    if (!open) facts.push(say("join.notOpen"));
    else if (locked && role !== "host") facts.push(say("join.locked"));
    find("join-facts").textContent = facts.join(" ");
    find("join-pin-field").hidden = !needsPIN || this.#session !== null;
    const button = find("join-go");
    button.disabled = this.#isWaiting;
    button.textContent = say(this.#isWaiting ? "join.busy" : this.#session ? "join.back" : "join.go");
  }

  #complain(text, field = null) {
    const place = find("join-trouble");
    place.hidden = text === null;
    place.textContent = text ?? "";
    for (const input of [find("join-name"), find("join-pin")]) input.setAttribute("aria-invalid", String(input === field));
    field?.focus();
  }

  async #submit() {
    const name = find("join-name").value.trim();
    if (!name) return this.#complain(say("join.nameMissing"), find("join-name"));
    this.#complain(null);
    this.#wait(true);
    remember("name", name);
    const isForTalkers = this.#invitation.role !== "listener";
    // Without a microphone one can listen still; what is wrong is said, and a second try joins.
    if (isForTalkers && !this.#microphone.track && !this.#saidTrouble) {
      this.#saidTrouble = !(await this.#audio.open());
      if (this.#saidTrouble) return this.#wait(false);
    }
    try {
      this.#finish(await this.#open(name));
    } catch (error) {
      this.#wait(false);
      this.#explain(error);
    }
  }

  #saidTrouble = false;

  /** The session of before where it still holds, or a new one; waits where the room is not open. */
  async #open(name) {
    if (this.#session && (await this.#stillHolds(this.#session))) return this.#session;
    this.#session = null;
    const pin = find("join-pin").value.trim();
    for (;;) {
      try {
        return await this.#api.json("POST", "/v1/sessions", { json: { name, ...(pin ? { pin } : {}) } });
      } catch (error) {
        if (!(error instanceof Problem) || !["roomunknown", "roomnotfound"].includes(error.code)) throw error;
        this.#invitation.open = false;
        this.#render();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
    }
  }

  async #stillHolds(session) {
    try {
      await new API(session.token).json("GET", roomPath(session.room));
      return true;
    } catch (error) {
      return error instanceof Problem && error.status === 404;
    }
  }

  #explain(error) {
    const isPIN = error instanceof Problem && ["pinwrong", "wrongpin", "pinneeded"].includes(error.code);
    if (isPIN) this.#invitation.needsPIN = true;
    this.#render();
    if (error instanceof Unreachable) return this.#complain(say("trouble.unreachable"));
    const words = TROUBLES[error.code] ? say(TROUBLES[error.code]) : error.message;
    this.#complain(words, isPIN ? find("join-pin") : null);
  }

  #wait(isWaiting) {
    this.#isWaiting = isWaiting;
    this.#render();
  }

  #finish(session) {
    this.#audio.stop();
    window.removeEventListener("language", this.translate);
    this.#done(session);
  }
}
