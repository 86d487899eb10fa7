// Finds and makes elements. What comes from others reaches the page as text only, never as markup.

/** The element of that id. */
export const find = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 *
 * Attributes that begin with `on` are listeners, `class` is its classes, `false` and `null` leave an attribute out; children
 * are elements or texts.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A picture of icons.svg; it says nothing to a screen reader. */
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/page/icons.svg#${name}`);
  picture.append(use);
  return picture;
}

/** Shows another icon in an element that has one. */
export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", `/page/icons.svg#${name}`);
}

/** Tells a screen reader, without moving the focus. */
export function announce(text) {
  const place = find("announcer");
  // The same words twice would be said once.
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}

/** Shows a line for some seconds; it is announced as well. */
export function toast(text, kind = "plain") {
  const line = make("p", { class: `toast ${kind}` }, text);
  find("toasts").append(line);
  announce(text);
  setTimeout(() => line.remove(), 6_000);
}

/** Opens a menu beside the button that it belongs to, within the window. */
export function openMenu(menu, button) {
  menu.showPopover();
  const place = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.min(Math.max(8, place.left + place.width / 2 - width / 2), innerWidth - width - 8);
  const below = place.bottom + 8;
  const top = below + height <= innerHeight - 8 ? below : Math.max(8, place.top - height - 8);
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${top}px`;
  menu.querySelector("button, input, select")?.focus();
}
