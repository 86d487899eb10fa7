// The line above the room that says what is wrong with the connection, or that the browser holds the sound back.

import { NoMedia } from "/page/call.js";
import { announce, find, icon, make } from "/page/dom.js";
import { say } from "/page/words.js";

/** What a refused join means, where it is worth waiting. */
const WAITING = {
  roomnotfound: "state.notOpen", roomunknown: "state.notOpen", roomlocked: "state.locked", roomfull: "state.full",
  overloaded: "state.overloaded", limitreached: "state.overloaded",
};

/** Follows the call's state, in words. */
export class Banner {
  #call;
  #wasConnected = false;
  #isHeldBack = false;
  #over = new AbortController();

  constructor({ call, meeting }) {
    this.#call = call;
    const { signal } = this.#over;
    call.addEventListener("state", () => this.#change(), { signal });
    window.addEventListener("language", () => this.#render(), { signal });
    const hurry = () => {
      call.check();
      meeting.hurry();
    };
    this.#button = make("button", { type: "button", class: "soft", onclick: () => (this.#isHeldBack ? this.#play() : hurry()) });
    // The browser may want a click before it plays.
    find("sound").addEventListener("loadedmetadata", () => this.#play(), { signal });
    this.#render();
  }

  #button;

  stop() {
    this.#over.abort();
    find("banner").hidden = true;
  }

  async #play() {
    this.#isHeldBack = await find("sound").play().then(() => false, (error) => error.name === "NotAllowedError");
    this.#render();
  }

  #change() {
    const isConnected = this.#call.state === "connected";
    if (isConnected && this.#wasConnected) announce(say("state.back"));
    this.#wasConnected ||= isConnected;
    this.#render();
  }

  #words() {
    const { state, trouble } = this.#call;
    if (state === "connected" || state === "closed") return null;
    if (state === "mending") return "state.mending";
    if (trouble instanceof NoMedia) return "state.noMedia";
    if (trouble) return WAITING[trouble.code] ?? "state.waiting";
    return this.#wasConnected ? "state.restarting" : "state.connecting";
  }

  #render() {
    const words = this.#words() ?? (this.#isHeldBack ? "audio.blocked" : null);
    const banner = find("banner");
    banner.hidden = words === null;
    if (!words) return;
    const isCalm = words === "state.connecting";
    banner.classList.toggle("calm", isCalm);
    this.#button.textContent = say(this.#isHeldBack && words === "audio.blocked" ? "audio.hear" : "state.hurry");
    this.#button.hidden = isCalm || words === "state.mending";
    const picture = words === "audio.blocked" ? icon("speaker") : make("span", { class: "spinner", "aria-hidden": "true" });
    const text = banner.querySelector("span.words") ?? make("span", { class: "words" });
    // Only words that change are said again.
    if (text.textContent !== say(words)) text.textContent = say(words);
    banner.replaceChildren(picture, text, this.#button);
  }
}
