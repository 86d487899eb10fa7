// What the browser keeps: wishes for long (localStorage), secrets for as long as the tab is open (sessionStorage).

function guarded(work) {
  // Storage may be forbidden; the page works without.
  try {
    return work();
  } catch {
    return null;
  }
}

/** A wish, or `null`. */
export const remembered = (name) => guarded(() => localStorage.getItem(`partyline.${name}`));

/** Keeps a wish on this device. */
export const remember = (name, value) => guarded(() => localStorage.setItem(`partyline.${name}`, value));

/** Something of this tab's: an object, or `null`. */
export const kept = (name) => guarded(() => JSON.parse(sessionStorage.getItem(`partyline.${name}`)));

/** Keeps an object while the tab is open. */
export const keep = (name, value) => guarded(() => sessionStorage.setItem(`partyline.${name}`, JSON.stringify(value)));

/** Forgets something of this tab's. */
export const forget = (name) => guarded(() => sessionStorage.removeItem(`partyline.${name}`));

/**
 * Takes the invitation out of the address bar, where a screen that is shared would show it, into this tab's memory.
 *
 * Returns it, or `null` where the page was opened without.
 */
export function takeInvitation() {
  const found = /^#(inv_[\w.~-]+)$/.exec(location.hash)?.[1];
  if (!found) return kept("invitation");
  if (kept("invitation") !== found) forget("session");
  keep("invitation", found);
  history.replaceState(null, "", "/");
  return found;
}
