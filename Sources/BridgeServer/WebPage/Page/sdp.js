// The few lines of session descriptions that an ICE restart is about (RFC 8840, RFC 9725).

/** Makes and applies an offer; it is sent without candidates, since the bridge (ICE-lite) learns ours from our checks. */
export async function freshOffer(peer) {
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}

const first = (sdp, name) => new RegExp(`^a=${name}:(.*?)\\r?$`, "m").exec(sdp)?.[1];
const all = (sdp, name) => [...sdp.matchAll(new RegExp(`^(a=${name}:.*?)\\r?$`, "gm"))].map((found) => found[1]);

/** The fragment that tells our new credentials. */
export function restartFragment(offer) {
  const media = /^(m=audio .*?)\r?$/m.exec(offer)[1];
  const lines = [
    `a=ice-ufrag:${first(offer, "ice-ufrag")}`, `a=ice-pwd:${first(offer, "ice-pwd")}`, media, `a=mid:${first(offer, "mid")}`,
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** The answer of before with the credentials and candidates of the bridge's fragment. */
export function withRestart(answer, fragment) {
  const candidates = all(fragment, "candidate");
  const lines = answer.split(/\r?\n/).filter((line) => line !== "" && !(candidates.length > 0 && /^a=candidate:/.test(line)));
  const changed = lines.map((line) => {
    if (line.startsWith("a=ice-ufrag:")) return `a=ice-ufrag:${first(fragment, "ice-ufrag")}`;
    if (line.startsWith("a=ice-pwd:")) return `a=ice-pwd:${first(fragment, "ice-pwd")}`;
    return line;
  });
  const media = changed.findIndex((line) => line.startsWith("m=audio "));
  let end = changed.findIndex((line, index) => index > media && line.startsWith("m="));
  if (end < 0) end = changed.length;
  const isLast = changed[end - 1] === "a=end-of-candidates";
  changed.splice(isLast ? end - 1 : end, 0, ...candidates);
  return `${changed.join("\r\n")}\r\n`;
}
