// How the own connection is doing: three bars and a word, and the reasons at a click.

import { find, make, openMenu } from "/page/dom.js";
import { QualityMeter } from "/page/quality.js";
import { figure, say } from "/page/words.js";

/** Asks the call's statistics once in two seconds. */
export class QualityView {
  #call;
  #meter = new QualityMeter();
  #now = null;
  #timer;
  #over = new AbortController();

  constructor({ call }) {
    this.#call = call;
    const { signal } = this.#over;
    this.#timer = setInterval(() => this.#measure(), 2_000);
    call.addEventListener("state", () => this.#measure(), { signal });
    window.addEventListener("language", () => this.#render(), { signal });
    find("quality").addEventListener("click", () => this.#open(), { signal });
    this.#render();
  }

  stop() {
    this.#over.abort();
    clearInterval(this.#timer);
  }

  async #measure() {
    const report = this.#call.state === "connected" ? await this.#call.stats() : null;
    this.#now = report ? this.#meter.take(report) ?? this.#now : null;
    this.#render();
  }

  #render() {
    const verdict = this.#now?.verdict ?? "none";
    find("quality").dataset.verdict = verdict;
    find("quality-word").textContent = say(`quality.${verdict}`);
    find("quality").setAttribute("aria-label", `${say("quality.title")}: ${say(`quality.${verdict}`)}`);
  }

  #open() {
    document.getElementById("quality-menu")?.remove();
    const { verdict, why, loss, jitter, delay } = this.#now ?? { verdict: "none" };
    const row = (words, value) => [make("dt", {}, say(words)), make("dd", {}, value)];
    const figures = verdict === "none" ? [] : [
      ...row("quality.lossFigure", `${figure(loss, 1)} %`), ...row("quality.jitterFigure", `${figure(jitter)} ms`),
      ...row("quality.delayFigure", `${figure(delay)} ms`),
    ];
    const text = verdict === "none" ? "" : say(why ? `quality.${why}` : "quality.goodText");
    const menu = make("div", { id: "quality-menu", class: "menu quality", popover: "auto", role: "dialog", "aria-label": say("quality.title"), tabindex: "-1" },
      make("p", { class: "menu-title" }, `${say("quality.title")}: ${say(`quality.${verdict}`)}`), make("p", {}, text), make("dl", {}, ...figures));
    menu.addEventListener("toggle", ({ newState }) => newState === "closed" && menu.remove());
    document.body.append(menu);
    openMenu(menu, find("quality"));
  }
}
