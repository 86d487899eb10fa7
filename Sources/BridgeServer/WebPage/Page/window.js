// Windows above the page: a title, what is in it, and a way out.

import { icon, make } from "/page/dom.js";
import { say } from "/page/words.js";

/** Opens a window with those contents; it leaves the page when it is closed. */
export function openWindow(id, title, ...contents) {
  document.getElementById(id)?.remove();
  const close = make("button", { type: "button", class: "plain close", "aria-label": say("close"), onclick: () => element.close() }, icon("close"));
  const element = make("dialog", { id, class: "window", "aria-labelledby": `${id}-title` },
    make("header", {}, make("h2", { id: `${id}-title` }, title), close), ...contents);
  element.addEventListener("close", () => element.remove());
  // A click beside the window closes it.
  element.addEventListener("click", (event) => event.target === element && element.close());
  document.body.append(element);
  element.showModal();
  return element;
}
