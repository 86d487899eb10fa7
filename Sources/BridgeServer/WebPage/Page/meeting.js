// What is known of the room: its state, who is there, what was shared. Kept by snapshots and events; views listen to it.

import { roomPath } from "/page/api.js";
import { EventFeed } from "/page/events.js";

/**
 * The room as one person's session sees it.
 *
 * Events: `room`, `people`, `level` (`member`, `leveldBFS`), `item` (`item`, `isNew`), `joined`, `left`, `hand` (each with
 * `member`), `feed` (`isOpen`), `missing` (we are not among the members), `closed` and `refused` (with `problem`), `gone` (we were
 * removed, with `reason`).
 */
export class Meeting extends EventTarget {
  session;
  room = null;
  recording = false;
  people = new Map();
  items = new Map();
  /** When the stream of events was first open, so that what comes later is news. */
  #isFollowed = false;
  #api;
  #feed;
  #early = null;

  constructor(api, session) {
    super();
    this.#api = api;
    this.session = session;
    this.#feed = new EventFeed(api, session.room, {
      opened: () => this.#catchUp(),
      event: (name, data) => (this.#early ? this.#early.push([name, data]) : this.#take(name, data)),
      broken: () => this.#tell("feed", { isOpen: false }),
      refused: (problem) => this.#tell("refused", { problem }),
    });
  }

  /** The own member, or `undefined` before the join is known. */
  get me() {
    return [...this.people.values()].find((person) => this.isMe(person));
  }

  get isHost() {
    return (this.me?.role ?? this.session.role) === "host";
  }

  isMe(person) {
    return person.session !== undefined && person.session === this.session.id;
  }

  start() {
    this.#feed.start();
  }

  stop() {
    this.#feed.stop();
  }

  hurry() {
    this.#feed.hurry();
  }

  // What a person does. Each throws what the API throws.

  change(person, fields) {
    return this.#api.json("PATCH", roomPath(this.session.room, "members", person.id), { json: fields });
  }

  remove(person) {
    return this.#api.json("DELETE", `${roomPath(this.session.room, "members", person.id)}?reason=kicked`);
  }

  changeRoom(fields) {
    return this.#api.json("PATCH", roomPath(this.session.room), { json: fields });
  }

  muteAll() {
    return this.#api.json("POST", roomPath(this.session.room, "actions", "mute-all"));
  }

  record(wanted) {
    const path = roomPath(this.session.room, "recording");
    return this.#api.json(wanted ? "POST" : "DELETE", path, wanted ? { json: {} } : {});
  }

  invite(role) {
    return this.#api.json("POST", roomPath(this.session.room, "invitations"), { json: { role } });
  }

  share(item) {
    return this.#shared(this.#api.json("POST", roomPath(this.session.room, "items"), { json: item }));
  }

  sharePhoto(photo, caption) {
    const query = caption ? `?${new URLSearchParams({ caption })}` : "";
    const path = roomPath(this.session.room, "items") + query;
    return this.#shared(this.#api.json("POST", path, { body: photo, type: photo.type, limit: 120_000 }));
  }

  async photo(item) {
    const path = roomPath(this.session.room, "items", item.id, "photo");
    return (await this.#api.ask("GET", path, { limit: 60_000 })).blob();
  }

  /** What we shared is shown with the answer already; the event that follows is the same item. */
  async #shared(request) {
    this.#add(await request);
  }

  async #catchUp() {
    this.#early = [];
    try {
      const path = (...parts) => roomPath(this.session.room, ...parts);
      const [room, people, items, recording] = await Promise.all([
        this.#api.json("GET", path()), this.#everybody(), this.#api.json("GET", path("items")), this.#isRecorded(),
      ]);
      Object.assign(this, { room, recording: room.recording ?? recording });
      this.people = new Map(people.map((person) => [person.id, person]));
      for (const item of items.items) this.#add(item);
    } catch (error) {
      this.#early = null;
      throw error;
    }
    const early = this.#early;
    this.#early = null;
    this.#isFollowed = true;
    for (const [name, data] of early) this.#take(name, data);
    this.#tell("feed", { isOpen: true });
    this.#tell("room");
    this.#tell("people");
    if (!this.me) this.#tell("missing");
  }

  async #everybody() {
    const people = [];
    let after = null;
    do {
      const query = after === null ? "" : `?${new URLSearchParams({ after })}`;
      const page = await this.#api.json("GET", roomPath(this.session.room, "members") + query);
      people.push(...page.items);
      after = page.next ?? null;
    } while (after !== null);
    return people;
  }

  async #isRecorded() {
    if (!this.isHost) return false;
    const recording = await this.#api.json("GET", roomPath(this.session.room, "recording")).catch(() => null);
    return recording?.state === "recording";
  }

  #take(name, data) {
    const take = {
      memberJoined: () => this.#put(data, "joined"),
      memberChanged: () => this.#put(data),
      memberLeft: () => this.#leave(data),
      talking: () => this.#touch(data.member, { talking: data.talking }),
      handRaised: () => {
        this.#touch(data.member, { raisedHand: data.raised });
        if (data.raised) this.#tell("hand", { member: this.people.get(data.member) });
      },
      level: () => this.#tell("level", data),
      roomChanged: () => this.#change(data),
      recordingStarted: () => this.#record(true),
      recordingStopped: () => this.#record(false),
      roomClosed: () => this.#tell("closed", { reason: data.reason }),
      shared: () => this.#add(data),
      eventsLost: () => this.#catchUp().catch(() => {}),
    }[name];
    take?.();
  }

  #put(person, news) {
    const isNew = !this.people.has(person.id);
    this.people.set(person.id, { ...this.people.get(person.id), ...person });
    this.#tell("people");
    if (news && isNew) this.#tell(news, { member: person });
  }

  #touch(id, fields) {
    const person = this.people.get(id);
    if (person) this.#put({ ...person, ...fields });
  }

  #leave({ member: id, reason }) {
    const person = this.people.get(id);
    if (!person) return;
    this.people.delete(id);
    this.#tell("people");
    if (!this.isMe(person)) return this.#tell("left", { member: person, reason });
    // After a change of the network our new leg replaces the old one.
    if (!this.me) this.#tell("gone", { reason });
  }

  #change(room) {
    this.room = { ...this.room, ...room };
    if (room.recording !== undefined) this.recording = room.recording;
    this.#tell("room");
  }

  #record(isOn) {
    this.recording = isOn;
    this.#tell("room");
  }

  #add(item) {
    if (this.items.has(item.id)) return;
    this.items.set(item.id, item);
    this.#tell("item", { item, isNew: this.#isFollowed });
  }

  #tell(name, fields = {}) {
    this.dispatchEvent(Object.assign(new Event(name), fields));
  }
}
