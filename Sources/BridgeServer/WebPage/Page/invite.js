// The window that makes a link for others.

import { make, toast } from "/page/dom.js";
import { explain } from "/page/room.js";
import { openWindow } from "/page/window.js";
import { say } from "/page/words.js";

/** Copies a text, and says so. */
export async function copy(text, words) {
  await navigator.clipboard.writeText(text);
  toast(say(words));
}

/** Opens the window; each role has a link of its own. */
export function openInvite(meeting) {
  const link = make("input", { readonly: true, class: "link", "aria-label": say("invite.link"), onfocus: () => link.select() });
  const roles = ["participant", "listener", "host"].map((role) => make("option", { value: role }, say(`invite.${role}`)));
  const role = make("select", { onchange: () => renew() }, ...roles);
  const button = make("button", { type: "button", class: "primary", onclick: () => copyLink(link) }, say("invite.copy"));
  const renew = async () => {
    [link.value, button.disabled] = ["", true];
    try {
      const { token } = await meeting.invite(role.value);
      link.value = `${location.origin}/#${token}`;
      button.disabled = false;
    } catch (error) {
      explain(error);
    }
  };
  openWindow("invite", say("invite.title"), make("p", {}, say("invite.text")),
    make("label", { class: "field" }, make("span", {}, say("invite.role")), role),
    make("label", { class: "field" }, make("span", {}, say("invite.link")), link), button);
  renew();
}

/** Where the browser does not copy, the link is selected, so that the person can. */
function copyLink(link) {
  copy(link.value, "invite.copied").catch(() => link.select());
}
