// What people share: the list of it, and the line to write in.

import { Composer } from "/page/composer.js";
import { announce, find, icon, make } from "/page/dom.js";
import { itemElement } from "/page/items.js";
import { say } from "/page/words.js";

/** The panel beside the people; on a phone it covers them when it is opened. */
export class Things {
  #meeting;
  #list = make("ol", { class: "feed", role: "log", "aria-live": "off", tabindex: "0" });
  #empty = make("p", { class: "empty" });
  #title = make("h2");
  #close;
  #composer;
  #unread = 0;
  #last = null;
  #pictures = [];
  #over = new AbortController();

  constructor({ meeting }) {
    this.#meeting = meeting;
    const { signal } = this.#over;
    this.#composer = new Composer(meeting, signal);
    this.#close = make("button", { type: "button", class: "plain close", onclick: () => this.#toggle(false) }, icon("close"));
    find("things").replaceChildren(make("header", {}, this.#title, this.#close), this.#empty, this.#list, this.#composer.element);
    meeting.addEventListener("item", ({ item, isNew }) => this.#add(item, isNew), { signal });
    window.addEventListener("togglethings", () => this.#toggle(!this.#isOpen), { signal });
    window.addEventListener("language", () => this.#translate(), { signal });
    document.addEventListener("keydown", ({ key }) => {
      // A window or menu before the chat takes the key itself.
      if (key !== "Escape" || document.querySelector("dialog[open], [popover]:popover-open")) return;
      if (this.#isCover) this.#toggle(false);
    }, { signal });
    this.#translate();
  }

  stop() {
    this.#over.abort();
    this.#toggle(false);
    this.#pictures.forEach((url) => URL.revokeObjectURL(url));
    find("things").replaceChildren();
  }

  /** Whether the panel covers the people when it is open. */
  get #isCover() {
    return matchMedia("(max-width: 859px)").matches;
  }

  get #isOpen() {
    return find("things").classList.contains("open");
  }

  get #isVisible() {
    return !document.hidden && (!this.#isCover || this.#isOpen);
  }

  #toggle(isOpen) {
    find("things").classList.toggle("open", isOpen);
    if (isOpen) this.#composer.focus();
    else document.querySelector(".control.chat")?.focus({ preventScroll: true });
    if (isOpen) this.#toEnd();
    this.#countUnread(0);
  }

  #add(item, isNew) {
    const isMine = item.from?.session !== undefined && item.from.session === this.#meeting.session.id;
    const isAtEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 120;
    const element = itemElement(item, { isMine, follows: this.#follows(item), photo: () => this.#photo(item), seen: () => isAtEnd && this.#toEnd() });
    this.#last = item;
    this.#list.append(element);
    this.#empty.hidden = true;
    if (isAtEnd || isMine) this.#toEnd();
    if (!isNew || isMine) return;
    announce(`${say("things.new", item.from)}${item.text ? `: ${item.text.slice(0, 200)}` : ""}`);
    if (!this.#isVisible) this.#countUnread(this.#unread + 1);
  }

  /** Whether an item goes on with what the same person just said. */
  #follows(item) {
    const last = this.#last;
    if (!last || last.from?.name !== item.from?.name || last.from?.session !== item.from?.session) return false;
    return new Date(item.time) - new Date(last.time) < 180_000;
  }

  async #photo(item) {
    const url = URL.createObjectURL(await this.#meeting.photo(item));
    this.#pictures.push(url);
    return url;
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #countUnread(count) {
    this.#unread = count;
    const mark = document.getElementById("unread");
    if (!mark) return;
    mark.hidden = count === 0;
    mark.textContent = count > 9 ? "9+" : String(count);
  }

  #translate() {
    this.#title.textContent = say("things.title");
    this.#empty.textContent = say("things.empty");
    this.#list.setAttribute("aria-label", say("things.title"));
    this.#close.setAttribute("aria-label", say("things.close"));
    this.#composer.translate();
  }
}
