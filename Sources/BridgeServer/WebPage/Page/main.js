// The page from its opening to its end: invitation, joining, the room, and what comes after it.

import { API, Problem, Unreachable } from "/page/api.js";
import { Microphone } from "/page/audio.js";
import { find, icon } from "/page/dom.js";
import { JoinView } from "/page/join.js";
import { forget, keep, kept, takeInvitation } from "/page/memory.js";
import { RoomView } from "/page/room.js";
import { nextLanguage, say, speak, translate } from "/page/words.js";

const microphone = new Microphone();
const isAble = "RTCPeerConnection" in window && "showPopover" in HTMLElement.prototype && "TextDecoderStream" in window;
let room = null;

/** Shows one of the page's views alone. */
function show(name) {
  for (const view of document.querySelectorAll(".view")) view.hidden = view.id !== name;
}

let retell = () => {};

/** Says why there is nothing to join, or no more; `action` is a button's words and what it does. */
function notice(name, picture, action = null) {
  retell = () => {
    find("notice-icon").replaceChildren(icon(picture));
    find("notice-title").textContent = say(`end.${name}`);
    find("notice-text").textContent = say(`end.${name}Text`);
    const button = find("notice-action");
    button.hidden = !action;
    if (action) button.textContent = say(action.words);
    button.onclick = action?.run ?? null;
    document.title = `${say(`end.${name}`)} – Partyline`;
  };
  retell();
  show("notice");
  find("notice-title").focus();
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));

/** What the invitation is for; waits for a bridge that does not answer. `null` where it is no longer one. */
async function readInvitation(api) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await api.json("GET", "/v1/invitation");
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) return null;
      if (tries === 0) notice("unreachable", "cloud");
      await pause(Math.min(10, 1 + tries));
    }
  }
}

async function begin() {
  if (!isAble) return notice("unsupported", "alert");
  const token = takeInvitation();
  if (!token) return notice("noLink", "ticket");
  const api = new API(token);
  const invitation = await readInvitation(api);
  if (!invitation) return notice("expired", "ticket");
  const view = new JoinView(api, invitation, microphone, kept("session"));
  show("join");
  const session = await view.result();
  keep("session", session);
  enter(session);
}

function enter(session) {
  room = new RoomView(new API(session.token), session, microphone, {
    left: () => end("left", "wave", { words: "end.rejoin", run: begin }),
    kicked: () => {
      forget("session");
      end("kicked", "door");
    },
    closed: () => {
      forget("session");
      end("closed", "wave", { words: "end.rejoin", run: begin });
    },
    // A bridge that starts anew with other keys knows the session no more; the invitation may still hold.
    expired: () => {
      forget("session");
      end("expired", "ticket", { words: "end.rejoin", run: begin });
    },
  });
  show("room");
  room.start();
}

function end(...words) {
  room?.stop();
  room = null;
  microphone.close();
  notice(...words);
}

translate(document);
for (const button of document.querySelectorAll(".language")) button.addEventListener("click", () => speak(nextLanguage()));
window.addEventListener("language", () => retell());
// Another link opened in the same tab is another page.
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#inv_")) location.reload();
});
begin();
