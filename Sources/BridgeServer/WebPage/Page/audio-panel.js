// The choice of microphone and speaker, with a level and a test: part of the join form and of the sound window.

import { MicrophoneTrouble, canChooseSpeaker, devices, testSpeaker, useSpeaker } from "/page/audio.js";
import { icon, make } from "/page/dom.js";
import { remember, remembered } from "/page/memory.js";
import { say } from "/page/words.js";

/** Fields over one microphone; `sound` is the element that plays the room, `hasMicrophone` is false for listeners. */
export class AudioPanel {
  element = make("div", { class: "audio-panel" });
  #microphone;
  #sound;
  #isForTalkers;
  #trouble = null;
  #frame = 0;
  #parts = {};

  constructor(microphone, sound, isForTalkers) {
    [this.#microphone, this.#sound, this.#isForTalkers] = [microphone, sound, isForTalkers];
    this.#build();
    this.refresh = this.refresh.bind(this);
    navigator.mediaDevices?.addEventListener("devicechange", this.refresh);
    microphone.addEventListener("change", this.refresh);
    this.refresh();
  }

  /** Begins to show the level. */
  start() {
    const draw = () => {
      this.#parts.level?.style.setProperty("--level", this.#microphone.level().toFixed(3));
      this.#frame = requestAnimationFrame(draw);
    };
    cancelAnimationFrame(this.#frame);
    draw();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
  }

  /** Opens the microphone, and says what is wrong where it cannot; whether it could. */
  async open(work = () => this.#microphone.open()) {
    try {
      await work();
      this.#trouble = null;
    } catch (error) {
      this.#trouble = error instanceof MicrophoneTrouble ? error.kind : "failed";
    }
    await this.refresh();
    return this.#trouble === null;
  }

  /** Writes the words anew. */
  translate() {
    this.#build();
    return this.refresh();
  }

  async refresh() {
    const { microphone, speaker, allow, meter, trouble, hint } = this.#parts;
    const isOpen = this.#microphone.track !== null;
    if (this.#isForTalkers) {
      await this.#fill(microphone, "audioinput", this.#microphone.track?.getSettings().deviceId ?? remembered("microphone"));
      microphone.disabled = !isOpen;
      allow.hidden = isOpen;
      allow.lastChild.textContent = say(this.#trouble ? "audio.again" : "audio.allow");
      meter.hidden = hint.hidden = !isOpen;
      trouble.hidden = this.#trouble === null || isOpen;
      trouble.lastChild.textContent = this.#trouble ? say(`audio.${this.#trouble}`) : "";
    }
    await this.#fill(speaker, "audiooutput", remembered("speaker"));
    speaker.hidden = !canChooseSpeaker || speaker.options.length === 0;
  }

  async #fill(select, kind, chosen) {
    const found = await devices(kind);
    const options = found.map((device) => make("option", { value: device.deviceId }, device.label || say("audio.systemDefault")));
    if (options.length === 0 && kind === "audioinput") options.push(make("option", { value: "" }, say("audio.systemDefault")));
    select.replaceChildren(...options);
    if (found.some((device) => device.deviceId === chosen)) select.value = chosen;
  }

  #build() {
    this.element.replaceChildren(...(this.#isForTalkers ? [this.#microphoneField()] : []), this.#speakerField());
  }

  #microphoneField() {
    const parts = this.#parts;
    parts.microphone = make("select", {
      "aria-label": say("audio.microphone"), class: "microphone", onchange: () => this.open(() => this.#microphone.choose(parts.microphone.value)),
    });
    parts.allow = make("button", { type: "button", class: "soft allow", onclick: () => this.open() }, icon("mic"), "");
    parts.level = make("i");
    parts.meter = make("div", { class: "meter", role: "img", "aria-label": say("audio.level") }, parts.level);
    parts.hint = make("small", {}, say("audio.speak"));
    parts.trouble = make("p", { class: "trouble", role: "alert" }, icon("alert"), make("span"));
    const processing = make("input", {
      type: "checkbox", class: "processing", onchange: () => this.open(() => this.#microphone.process(processing.checked)),
    });
    processing.checked = this.#microphone.isProcessed;
    return make("fieldset", { class: "field" }, make("legend", {}, say("audio.microphone")), parts.microphone, parts.allow,
      parts.meter, parts.hint, parts.trouble,
      make("label", { class: "switch" }, processing, make("span", {}, say("audio.processing"), make("small", {}, say("audio.processingHint")))));
  }

  #speakerField() {
    const parts = this.#parts;
    parts.speaker = make("select", {
      "aria-label": say("audio.speaker"), class: "speaker", onchange: () => {
        remember("speaker", parts.speaker.value);
        useSpeaker(this.#sound);
      },
    });
    const words = make("span", {}, say("audio.test"));
    const test = make("button", {
      type: "button", class: "soft", onclick: async () => {
        [test.disabled, words.textContent] = [true, say("audio.testing")];
        await testSpeaker().catch(() => {});
        [test.disabled, words.textContent] = [false, say("audio.test")];
      },
    }, icon("speaker"), words);
    return make("fieldset", { class: "field" }, make("legend", {}, say("audio.speaker")), parts.speaker, test);
  }
}
