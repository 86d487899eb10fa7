// The line to write in, and the ways to share more than words.

import { find, icon, make, openMenu, toast } from "/page/dom.js";
import { usablePhoto } from "/page/photo.js";
import { explain } from "/page/room.js";
import { shareCard, sharePhoto, sharePlace } from "/page/sharing.js";
import { say } from "/page/words.js";

/** Whether the bridge takes photographs: not before it removes from them where they were taken. */
const TAKES_PHOTOS = false;

/** Writes into one meeting. */
export class Composer {
  element;
  #meeting;
  #text;
  #add;
  #send;
  #file;

  constructor(meeting, signal) {
    this.#meeting = meeting;
    this.#text = make("textarea", { rows: 1, maxlength: 4_000, onkeydown: (event) => this.#key(event), oninput: () => this.#grow() });
    this.#add = make("button", { type: "button", class: "plain add", "aria-haspopup": "menu", onclick: () => this.#openMenu() }, icon("plus"));
    this.#send = make("button", { class: "primary send" }, icon("send"));
    this.#file = make("input", { type: "file", accept: "image/*", class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => this.#picked() });
    this.element = make("form", { class: "composer", onsubmit: (event) => this.#submit(event) }, this.#file, this.#add, this.#text, this.#send);
    if (!TAKES_PHOTOS) return;
    document.addEventListener("paste", ({ clipboardData }) => this.#take(clipboardData), { signal });
    this.#listenForDrops(signal);
  }

  focus() {
    this.#text.focus();
  }

  translate() {
    this.#text.placeholder = say("things.write");
    this.#text.setAttribute("aria-label", say("things.write"));
    this.#add.setAttribute("aria-label", say("things.add"));
    this.#send.setAttribute("aria-label", say("things.send"));
  }

  /** Enter sends, with Shift it begins a line; while an input method composes, it is the method's. */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    this.#submit(event);
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text) return;
    this.#text.value = "";
    this.#grow();
    try {
      await this.#meeting.share({ kind: "chat", text });
    } catch (error) {
      explain(error);
      // What was not sent is not lost.
      if (!this.#text.value) this.#text.value = text;
      this.#grow();
    }
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(140, this.#text.scrollHeight)}px`;
  }

  #openMenu() {
    document.getElementById("share-menu")?.remove();
    const entry = (picture, words, run) => make("button", {
      type: "button", role: "menuitem", onclick: () => {
        menu.hidePopover();
        run();
      },
    }, icon(picture), say(words));
    const menu = make("div", { id: "share-menu", class: "menu", popover: "auto", role: "menu", "aria-label": say("things.add") },
      TAKES_PHOTOS ? entry("photo", "things.photo", () => this.#file.click()) : null, entry("pin", "things.place", () => sharePlace(this.#meeting)),
      entry("card", "things.card", () => shareCard(this.#meeting)));
    menu.addEventListener("toggle", ({ newState }) => newState === "closed" && menu.remove());
    document.body.append(menu);
    openMenu(menu, this.#add);
  }

  #picked() {
    const file = this.#file.files[0];
    this.#file.value = "";
    if (file) this.#offer(file);
  }

  #take(data) {
    const file = [...(data?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (file && !document.querySelector("dialog[open]")) this.#offer(file);
  }

  async #offer(file) {
    try {
      sharePhoto(this.#meeting, await usablePhoto(file));
    } catch {
      toast(say("photo.unusable"), "bad");
    }
  }

  #listenForDrops(signal) {
    const room = find("room");
    const show = (isOver) => (find("drop").hidden = !isOver);
    const hasFile = (event) => event.dataTransfer?.types.includes("Files");
    room.addEventListener("dragover", (event) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      show(true);
    }, { signal });
    room.addEventListener("dragleave", (event) => !room.contains(event.relatedTarget) && show(false), { signal });
    room.addEventListener("drop", (event) => {
      show(false);
      if (!hasFile(event)) return;
      event.preventDefault();
      this.#take(event.dataTransfer);
    }, { signal });
  }
}
