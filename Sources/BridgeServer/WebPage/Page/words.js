// The page's words: in the browser's language where we have it, in another at a click.

import { chinese } from "/page/chinese.js";
import { english } from "/page/english.js";
import { remember, remembered } from "/page/memory.js";

/** Every language, by its tag of BCP 47. */
export const languages = { en: english, "zh-Hans": chinese };

const known = (tag) => (tag.toLowerCase().startsWith("zh") ? "zh-Hans" : tag.toLowerCase().startsWith("en") ? "en" : null);

let language = remembered("language");
if (!(language in languages)) language = navigator.languages.map(known).find((tag) => tag) ?? "en";

/** The tag of the language that is spoken now. */
export const spoken = () => language;

/** What a key says, with those values in it. */
export function say(key, values = {}) {
  const words = languages[language][key] ?? english[key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return typeof words === "function" ? words(values) : words;
}

/** Whether there are words for a key. */
export const hasWords = (key) => key in english;

/** Speaks another language from now on, and tells who listens to `language` of the window. */
export function speak(tag) {
  language = tag;
  remember("language", tag);
  translate(document);
  window.dispatchEvent(new Event("language"));
}

/** The language after this one. */
export function nextLanguage() {
  const tags = Object.keys(languages);
  return tags[(tags.indexOf(language) + 1) % tags.length];
}

/**
 * Fills in the words of a part of the page: `data-words` is its text; `data-label`, `data-hint` and `data-title` name the
 * words of the attributes `aria-label`, `placeholder` and `title`.
 */
export function translate(part) {
  document.documentElement.lang = language;
  for (const element of part.querySelectorAll("[data-words]")) element.textContent = say(element.dataset.words);
  for (const element of part.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of part.querySelectorAll("[data-hint]")) element.placeholder = say(element.dataset.hint);
  for (const element of part.querySelectorAll("[data-title]")) element.title = say(element.dataset.title);
}

/** A time of day, as the language writes it. */
export const timeOfDay = (date) =>
  new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(date);

/** A number with so many digits behind the point. */
export const figure = (number, digits = 0) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(number);
