// The windows in which a photo, a place or a card is made ready before everybody sees it.

import { icon, make } from "/page/dom.js";
import { explain } from "/page/room.js";
import { openWindow } from "/page/window.js";
import { say } from "/page/words.js";

/** A form in a window: `read` gives what to share or `null`, `share` shares it; the window closes when that is done. */
function openForm(id, title, fields, read, share) {
  const send = make("button", { class: "primary" }, say("share.send"));
  const cancel = make("button", { type: "button", class: "soft", onclick: () => opened.close() }, say("share.cancel"));
  const form = make("form", {
    novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      const thing = read();
      if (!thing) return;
      send.disabled = true;
      try {
        await share(thing);
        opened.close();
      } catch (error) {
        explain(error);
      }
      send.disabled = false;
    },
  }, ...fields, make("div", { class: "buttons" }, cancel, send));
  const opened = openWindow(id, title, form);
  return opened;
}

const field = (words, input, more = null) => make("label", { class: "field" }, make("span", {}, say(words)), input, more);

/** Shows a photo with room for a caption. */
export function sharePhoto(meeting, photo) {
  const url = URL.createObjectURL(photo);
  const caption = make("input", { maxlength: 500 });
  const fields = [
    make("img", { src: url, alt: "", class: "preview" }), field("photo.caption", caption),
    make("small", {}, say("photo.privacy")),
  ];
  const opened = openForm("share-photo", say("photo.title"), fields, () => ({ caption: caption.value.trim() }),
    (thing) => meeting.sharePhoto(photo, thing.caption));
  opened.addEventListener("close", () => URL.revokeObjectURL(url));
  caption.focus();
}

/** Two numbers of degrees as people write or paste them; `null` where they are none. */
export function readCoordinates(text) {
  const found = /^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$/.exec(text.replace("，", ","));
  if (!found) return null;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** A place: where the person is, at a click, or typed. */
export function sharePlace(meeting) {
  const coordinates = make("input", { inputmode: "text", autocomplete: "off", placeholder: "52.5163, 13.3777" });
  const label = make("input", { maxlength: 200 });
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const complain = (words) => {
    trouble.hidden = words === null;
    trouble.textContent = words === null ? "" : say(words);
  };
  const here = make("button", { type: "button", class: "soft", onclick: () => locate(here, coordinates, complain) }, icon("pin"), make("span", {}, say("place.here")));
  const read = () => {
    const place = readCoordinates(coordinates.value);
    complain(place ? null : "place.wrong");
    if (!place) coordinates.focus();
    return place && { kind: "place", ...place, ...(label.value.trim() ? { label: label.value.trim() } : {}) };
  };
  openForm("share-place", say("place.title"), [here, field("place.coordinates", coordinates), trouble, field("place.label", label)], read,
    (place) => meeting.share(place));
}

function locate(button, coordinates, complain) {
  const words = button.querySelector("span");
  const end = (trouble) => {
    [button.disabled, words.textContent] = [false, say("place.here")];
    complain(trouble);
  };
  [button.disabled, words.textContent] = [true, say("place.finding")];
  if (!navigator.geolocation) return end("place.unknown");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      coordinates.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
      end(null);
    },
    ({ code }) => end(code === 1 ? "place.denied" : "place.unknown"), { timeout: 15_000, enableHighAccuracy: true });
}

/** A card: a title and a text that others can copy. */
export function shareCard(meeting) {
  const title = make("input", { maxlength: 200 });
  const text = make("textarea", { rows: 5, maxlength: 4_000, placeholder: say("card.textHint") });
  const read = () => {
    const empty = [title, text].find((input) => !input.value.trim());
    empty?.focus();
    return empty ? null : { kind: "card", title: title.value.trim(), text: text.value.trim() };
  };
  openForm("share-card", say("card.title"), [field("card.heading", title), field("card.text", text)], read, (card) => meeting.share(card));
}
