// The bar at the bottom: mute, hand, chat, sound, what hosts do, leave.

import { AudioPanel } from "/page/audio-panel.js";
import { announce, find, icon, make, openMenu, setIcon, toast } from "/page/dom.js";
import { roomMenu } from "/page/host.js";
import { explain } from "/page/room.js";
import { openWindow } from "/page/window.js";
import { say } from "/page/words.js";

/** Held longer than this, the space bar is a key to talk with. */
const HOLD = 350;

/** The own controls, by button and by key. */
export class Controls {
  #meeting;
  #call;
  #microphone;
  #buttons = {};
  #isMuted = false;
  #wasMutedByHost = false;
  #held = null;
  #over = new AbortController();

  constructor({ meeting, call, microphone, leave }) {
    [this.#meeting, this.#call, this.#microphone] = [meeting, call, microphone];
    this.#build(leave);
    const { signal } = this.#over;
    meeting.addEventListener("people", () => this.#follow(), { signal });
    microphone.addEventListener("change", () => this.#applyMute(), { signal });
    call.addEventListener("state", () => call.state === "connected" && this.#restore(), { signal });
    window.addEventListener("language", () => this.#render(), { signal });
    document.addEventListener("keydown", (event) => this.#keyDown(event), { signal });
    document.addEventListener("keyup", (event) => this.#keyUp(event), { signal });
    window.addEventListener("blur", () => this.#endHold(), { signal });
    this.#applyMute();
  }

  stop() {
    this.#over.abort();
    find("controls").replaceChildren();
    document.getElementById("sound-window")?.close();
    document.querySelectorAll(".menu").forEach((menu) => menu.remove());
  }

  #build(leave) {
    const button = (name, picture, run, more = {}) => {
      this.#buttons[name] = make("button", { type: "button", class: `control ${name}`, onclick: run, ...more }, icon(picture), make("span"));
      return this.#buttons[name];
    };
    find("controls").replaceChildren(
      button("mute", "mic", () => this.#setMuted(!this.#isMuted), { "aria-keyshortcuts": "Space" }),
      button("hand", "hand", () => this.#raiseHand()),
      button("sound", "sliders", () => this.#openSound(), { "aria-haspopup": "dialog" }),
      button("chat", "chat", () => window.dispatchEvent(new Event("togglethings"))),
      button("host", "star", () => openMenu(roomMenu(this.#meeting), this.#buttons.host), { "aria-haspopup": "menu" }),
      button("leave", "leave", leave));
    this.#buttons.chat.append(make("b", { id: "unread", class: "count", hidden: true }));
  }

  /** What the bridge knows of us: a host may have muted us or lowered our hand. */
  #follow() {
    const me = this.#meeting.me;
    if (me && Boolean(me.muted) !== this.#wasMutedByHost) {
      this.#wasMutedByHost = Boolean(me.muted);
      toast(say(me.muted ? "control.mutedByHost" : "control.unmutedByHost"), me.muted ? "bad" : "plain");
    }
    this.#render();
  }

  /** A leg that joined anew is not muted there yet. */
  #restore() {
    if (this.#isMuted) this.#tell({ selfMuted: true });
  }

  #setMuted(isMuted) {
    if (!this.#microphone.track) return toast(say("control.noMicrophone"), "bad");
    this.#isMuted = isMuted;
    this.#applyMute();
    announce(say(isMuted ? "control.nowMuted" : "control.nowHeard"));
    this.#tell({ selfMuted: isMuted });
  }

  /** The microphone falls silent here at once, whatever becomes of the request. */
  #applyMute() {
    if (this.#microphone.track) this.#microphone.track.enabled = !this.#isMuted;
    this.#render();
  }

  async #tell(fields) {
    const me = this.#meeting.me;
    if (!me) return;
    // Without an answer the call comes back by itself, and tells it again.
    await this.#meeting.change(me, fields).catch((error) => error.name === "Problem" && error.status !== 404 && explain(error));
  }

  #raiseHand() {
    this.#tell({ raisedHand: !this.#meeting.me?.raisedHand });
  }

  #openSound() {
    const canTalk = (this.#meeting.me?.role ?? this.#meeting.session.role) !== "listener";
    const panel = new AudioPanel(this.#microphone, find("sound"), canTalk);
    openWindow("sound-window", say("audio.title"), panel.element).addEventListener("close", () => panel.stop());
    panel.start();
  }

  /** Space mutes; held while muted, it lets one talk until it is let go. */
  #keyDown(event) {
    if (event.code !== "Space" || event.repeat || !this.#isFree(event.target)) return;
    event.preventDefault();
    const wasMuted = this.#isMuted;
    this.#setMuted(!wasMuted);
    if (wasMuted) this.#held = performance.now();
  }

  #keyUp(event) {
    if (event.code !== "Space" || !this.#isFree(event.target)) return;
    event.preventDefault();
    this.#endHold();
  }

  #endHold() {
    if (this.#held === null) return;
    const wasHeld = performance.now() - this.#held > HOLD;
    this.#held = null;
    if (wasHeld) this.#setMuted(true);
  }

  /** Whether a key is not meant for what has the focus. */
  #isFree(target) {
    return !target.closest("input, textarea, select, button, a, dialog, [popover]");
  }

  #render() {
    const me = this.#meeting.me;
    const isListener = (me?.role ?? this.#meeting.session.role) === "listener";
    const isSilent = this.#isMuted || Boolean(me?.muted);
    const { mute, hand, host } = this.#buttons;
    const words = { mute: this.#isMuted ? "control.unmute" : "control.mute", hand: me?.raisedHand ? "control.lower" : "control.hand" };
    for (const [name, button] of Object.entries(this.#buttons)) {
      button.querySelector("span").textContent = say(words[name] ?? `control.${name}`);
    }
    mute.hidden = isListener;
    mute.title = say("control.muteHint");
    mute.classList.toggle("on", isSilent);
    setIcon(mute, isSilent ? "mic-off" : "mic");
    hand.classList.toggle("on", Boolean(me?.raisedHand));
    host.hidden = !this.#meeting.isHost;
  }
}
