// One shared thing each: a line of chat, a photo, a place, a card. Names and texts are others': set as text only.

import { icon, make } from "/page/dom.js";
import { copy } from "/page/invite.js";
import { hueOf, initials } from "/page/seats.js";
import { openWindow } from "/page/window.js";
import { say, timeOfDay } from "/page/words.js";

/**
 * The element of an item.
 *
 * `follows` leaves out who it is from; `photo` gives the address of its picture, `seen` is called when that has its size.
 */
export function itemElement(item, { isMine, follows, photo, seen }) {
  const name = item.from?.name ?? "";
  const body = { chat, photo: picture, place, card }[item.kind];
  const time = new Date(item.time);
  const head = make("header", {},
    make("span", { class: `dot hue-${hueOf(name)}`, "aria-hidden": "true" }, initials(name)),
    make("b", {}, name), make("time", { datetime: item.time }, timeOfDay(time)));
  const classes = ["item", item.kind, isMine && "mine", follows && "follows"].filter(Boolean).join(" ");
  const element = make("li", { class: classes }, head);
  // A kind that a newer bridge knows is passed over.
  if (body) element.append(body(item, photo, seen));
  return element;
}

const chat = (item) => make("p", { class: "bubble" }, item.text);

function picture(item, photo, seen) {
  const { width, height } = item.photo;
  const label = item.caption || say("photo.of", item.from);
  const image = make("img", { alt: label, width, height, onload: seen });
  const button = make("button", { type: "button", class: "picture", "aria-label": say("photo.open"), onclick: () => showLarge(image.src, label) }, image);
  button.style.setProperty("--ratio", `${width} / ${height}`);
  const figure = make("figure", { class: "bubble" }, button, item.caption ? make("figcaption", {}, item.caption) : null);
  photo().then((url) => (image.src = url), () => button.replaceWith(make("p", { class: "gone" }, say("photo.gone"))));
  return figure;
}

function showLarge(url, label) {
  openWindow("large", label, make("img", { src: url, alt: label }));
}

/** Where a place is shown: by a phone's own map, or on OpenStreetMap. Built from numbers; nothing is loaded before a click. */
export function mapAddress(latitude, longitude) {
  const [north, east] = [latitude, longitude].map((degrees) => Number(degrees).toFixed(5));
  if (/Android|iPhone|iPad/.test(navigator.userAgent)) return `geo:${north},${east}`;
  return `https://www.openstreetmap.org/?mlat=${north}&mlon=${east}#map=16/${north}/${east}`;
}

function place(item) {
  const { latitude, longitude, label } = item;
  const figures = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return make("div", { class: "bubble tile" }, make("span", { class: "tile-icon pin" }, icon("pin")),
    make("div", {}, make("strong", {}, label || say("things.place")), make("span", { class: "figures" }, figures),
      make("a", { href: mapAddress(latitude, longitude), target: "_blank", rel: "noopener noreferrer" }, say("place.open"))));
}

function card(item) {
  const button = make("button", { type: "button", class: "soft small", onclick: () => copy(item.text, "card.copied").catch(() => {}) },
    icon("copy"), say("card.copy"));
  return make("div", { class: "bubble tile" }, make("span", { class: "tile-icon" }, icon("card")),
    make("div", {}, make("strong", {}, item.title), make("p", {}, item.text), button));
}
