// What a host may do: with one person, and with the room.

import { find, icon, make, toast } from "/page/dom.js";
import { openInvite } from "/page/invite.js";
import { explain } from "/page/room.js";
import { figure, say } from "/page/words.js";

/** Makes a menu that leaves the page when it is closed. */
function menu(id, label, ...children) {
  document.getElementById(id)?.remove();
  const element = make("div", { id, class: "menu", popover: "auto", role: "menu", "aria-label": label }, ...children);
  element.addEventListener("toggle", ({ newState }) => newState === "closed" && element.remove());
  element.addEventListener("keydown", moveFocus);
  document.body.append(element);
  return element;
}

/** Up and down go from one entry to the next. */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.type === "range") return;
  const entries = [...event.currentTarget.querySelectorAll("button, input")];
  const place = entries.indexOf(document.activeElement);
  entries[(place + step + entries.length) % entries.length].focus();
  event.preventDefault();
}

/** An entry; the menu closes, and what goes wrong is said. */
function entry(picture, words, run, kind = "") {
  const button = make("button", {
    type: "button", role: "menuitem", class: kind, onclick: async () => {
      button.closest(".menu").hidePopover();
      try {
        await run();
      } catch (error) {
        explain(error);
      }
    },
  }, icon(picture), say(words));
  return button;
}

/** Removing asks once more, in its place. */
function removal(meeting, person) {
  const words = make("span", {}, say("host.remove"));
  let isSure = false;
  const button = make("button", {
    type: "button", role: "menuitem", class: "bad", onclick: () => {
      if (isSure) {
        button.closest(".menu").hidePopover();
        meeting.remove(person).catch(explain);
      }
      isSure = true;
      words.textContent = say("host.removeSure");
    },
  }, icon("door"), words);
  return button;
}

/** How loud everybody hears them: −20 to +12 dB, sent when the slider rests. */
function gain(meeting, person) {
  const shown = make("output", {}, `${figure(person.gain ?? 0)} dB`);
  const slider = make("input", {
    type: "range", min: -20, max: 12, step: 1, value: person.gain ?? 0,
    oninput: () => (shown.textContent = `${figure(slider.valueAsNumber)} dB`),
    onchange: () => meeting.change(person, { gain: slider.valueAsNumber }).catch(explain),
  });
  return make("label", { class: "gain" }, make("span", {}, say("host.gain"), shown), slider);
}

/** What a host may do with one person. */
export function personMenu(meeting, person) {
  const change = (fields) => () => meeting.change(person, fields);
  return menu("person-menu", say("person.menu", person),
    make("p", { class: "menu-title" }, person.name),
    person.muted ? entry("mic", "host.unmute", change({ muted: false })) : entry("mic-off", "host.mute", change({ muted: true })),
    person.raisedHand ? entry("hand", "host.lower", change({ raisedHand: false })) : null,
    person.role === "host" ? entry("person", "host.makeParticipant", change({ role: "participant" }))
      : entry("star", "host.makeHost", change({ role: "host" })),
    gain(meeting, person), removal(meeting, person));
}

/** What a host may do with the room. */
export function roomMenu(meeting) {
  const isLocked = meeting.room?.locked ?? false;
  return menu("room-menu", say("host.title"),
    make("p", { class: "menu-title" }, say("host.title")),
    entry("invite", "host.invite", () => openInvite(meeting)),
    entry("mic-off", "host.muteAll", async () => {
      await meeting.muteAll();
      toast(say("host.allMuted"));
    }),
    entry(isLocked ? "unlock" : "lock", isLocked ? "host.unlock" : "host.lock", () => meeting.changeRoom({ locked: !isLocked })),
    entry("record", meeting.recording ? "host.stopRecording" : "host.record", () => record(meeting)));
}

async function record(meeting) {
  try {
    await meeting.record(!meeting.recording);
  } catch (error) {
    if (error.code !== "recordingunavailable") throw error;
    toast(say("trouble.notRecording"), "bad");
  }
}
