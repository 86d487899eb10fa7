// Who is there: a disc for each person, with a ring that follows their voice.

import { levelOf } from "/page/audio.js";
import { find, icon, make, openMenu } from "/page/dom.js";
import { personMenu } from "/page/host.js";
import { say } from "/page/words.js";

const HUES = 8;

/** The same colour for the same name, on every screen. */
export function hueOf(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9_973;
  return sum % HUES;
}

/** One or two letters that stand for a name; of Chinese names the last two. */
export function initials(name) {
  const words = name.trim().split(/[\s·.-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return "?";
  const letters = [...words[0]];
  if (/\p{Script=Han}/u.test(words[0])) return letters.slice(-2).join("");
  return words.length === 1 ? letters[0].toUpperCase() : (letters[0] + [...words.at(-1)][0]).toUpperCase();
}

/** The grid of people. */
export class Seats {
  #meeting;
  #microphone;
  #over = new AbortController();
  #seats = new Map();
  #frame = 0;

  constructor({ meeting, microphone }) {
    [this.#meeting, this.#microphone] = [meeting, microphone];
    const { signal } = this.#over;
    for (const name of ["people", "room"]) meeting.addEventListener(name, () => this.#render(), { signal });
    meeting.addEventListener("level", ({ member, leveldBFS }) => this.#showLevel(member, levelOf(leveldBFS)), { signal });
    window.addEventListener("language", () => this.#render(), { signal });
    this.#render();
    this.#followMyself();
  }

  stop() {
    this.#over.abort();
    cancelAnimationFrame(this.#frame);
    find("seats").replaceChildren();
  }

  #render() {
    const people = [...this.#meeting.people.values()].sort((a, b) => this.#rank(a) - this.#rank(b) || Number(a.id) - Number(b.id));
    for (const [id, seat] of this.#seats) {
      if (this.#meeting.people.has(id)) continue;
      seat.element.remove();
      this.#seats.delete(id);
    }
    const list = find("seats");
    people.forEach((person, place) => {
      if (!this.#seats.has(person.id)) this.#seats.set(person.id, new Seat((button) => this.#openMenu(person.id, button)));
      const seat = this.#seats.get(person.id);
      seat.show(person, this.#meeting.isMe(person), this.#meeting.isHost);
      // Whoever sits right is not moved: a moved element loses the focus.
      if (list.children[place] !== seat.element) list.insertBefore(seat.element, list.children[place] ?? null);
    });
    list.dataset.size = people.length <= 2 ? "few" : people.length <= 6 ? "some" : people.length <= 12 ? "many" : "crowd";
    this.#renderNote(people.length);
  }

  /** Oneself first, then hosts, then by time of joining. */
  #rank(person) {
    return this.#meeting.isMe(person) ? 0 : person.role === "host" ? 1 : person.role === "listener" ? 3 : 2;
  }

  #renderNote(count) {
    const note = find("people-note");
    const { room, isHost } = this.#meeting;
    const isWaiting = room?.waitingForHost ?? room?.waiting;
    note.hidden = !isWaiting && count !== 1;
    note.textContent = isWaiting ? say("room.waiting") : say(isHost ? "room.aloneHost" : "room.alone");
  }

  #showLevel(id, level) {
    const person = this.#meeting.people.get(id);
    if (person && !this.#meeting.isMe(person)) this.#seats.get(id)?.ring(level);
  }

  /** The own ring follows the microphone itself, at once. */
  #followMyself() {
    const me = this.#meeting.me;
    if (me) {
      const isHeard = this.#microphone.track?.enabled && !me.muted && !me.selfMuted;
      const level = isHeard ? this.#microphone.level() : 0;
      this.#seats.get(me.id)?.ringAlive(level);
    }
    this.#frame = requestAnimationFrame(() => this.#followMyself());
  }

  #openMenu(id, button) {
    const person = this.#meeting.people.get(id);
    if (person) openMenu(personMenu(this.#meeting, person), button);
  }
}

/** One person's place. */
class Seat {
  element = make("li", { class: "seat" });
  #open;
  #shown = "";
  #disc;

  constructor(open) {
    this.#open = open;
  }

  show(person, isMe, byHost) {
    const hasMenu = byHost && !isMe;
    const isMuted = person.muted || person.selfMuted;
    const isAway = person.connected === false;
    this.element.classList.toggle("talking", Boolean(person.talking) && !isMuted);
    this.element.classList.toggle("away", isAway);
    const states = [
      isMe && say("person.you"), person.role === "host" && say("person.host"), person.role === "listener" && say("person.listener"),
      person.talking && !isMuted && say("person.talking"),
      person.muted ? say("person.mutedByHost") : person.selfMuted && say("person.muted"),
      person.raisedHand && say("person.hand"), isAway && say("person.away"),
    ].filter(Boolean);
    // What stays the same is not built anew.
    const shown = JSON.stringify([person.name, person.role, isMuted, person.raisedHand, hasMenu, states]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(...this.#build(person, isMe, isMuted, hasMenu, states));
    if (hadFocus) this.element.querySelector("button")?.focus();
  }

  #build(person, isMe, isMuted, hasMenu, states) {
    const badge = person.raisedHand ? make("span", { class: "badge hand" }, icon("hand")) : null;
    const mute = isMuted ? make("span", { class: "badge mute" }, icon("mic-off")) : null;
    this.#disc = make("span", { class: `disc hue-${hueOf(person.name)}`, "aria-hidden": "true" },
      make("span", { class: "ring" }), make("span", { class: "letters" }, initials(person.name)), badge, mute);
    const name = make("span", { class: "name" }, person.name);
    const role = [isMe && say("person.you"), person.role === "host" && say("person.host"), person.role === "listener" && say("person.listener")];
    const note = make("span", { class: "note", "aria-hidden": "true" }, role.filter(Boolean).join(" · "));
    const told = make("span", { class: "unseen" }, states.length > 0 ? `, ${states.join(", ")}` : "");
    if (!hasMenu) return [make("div", { class: "seat-body" }, this.#disc, name, told, note)];
    const button = make("button", {
      type: "button", class: "seat-body", "aria-haspopup": "menu", title: say("person.menu", person), onclick: () => this.#open(button),
    }, this.#disc, name, told, note);
    return [button];
  }

  /** The level of the last second, 0 to 1. */
  ring(level) {
    this.#disc?.style.setProperty("--level", level.toFixed(2));
  }

  /** The level now. */
  ringAlive(level) {
    this.element.classList.add("alive");
    this.element.classList.toggle("talking", level > 0.35);
    this.ring(level);
  }
}
