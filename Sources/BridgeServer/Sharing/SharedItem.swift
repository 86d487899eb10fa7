/// Something that people in a room share beside their voices: seen by all who are there, and by those who come later.
package struct SharedItem: Encodable, Sendable {
  /// What it is.
  enum Content: Sendable {
    /// A line of the chat.
    case chat(text: String)
    /// A place on the earth, in degrees (WGS 84).
    case place(latitude: Double, longitude: Double, label: String?)
    /// A text with a title that the others can copy, such as an order number.
    case card(title: String, text: String)
  }

  /// Who shared it.
  struct Sender: Encodable, Sendable {
    /// A person's session; `nil` for the operator.
    var session: String?
    var name: String
  }

  var id: UInt64
  var from: Sender
  var time: String
  var content: Content

  private enum Key: String, CodingKey {
    case id, kind, from, time, text, latitude, longitude, label, title
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(String(id), forKey: .id)
    try container.encode(from, forKey: .from)
    try container.encode(time, forKey: .time)
    switch content {
    case .chat(let text):
      try container.encode("chat", forKey: .kind)
      try container.encode(text, forKey: .text)
    case .place(let latitude, let longitude, let label):
      try container.encode("place", forKey: .kind)
      try container.encode(latitude, forKey: .latitude)
      try container.encode(longitude, forKey: .longitude)
      try container.encodeIfPresent(label, forKey: .label)
    case .card(let title, let text):
      try container.encode("card", forKey: .kind)
      try container.encode(title, forKey: .title)
      try container.encode(text, forKey: .text)
    }
  }
}

/// What has been shared in one room since it was opened. A plain value of the directory; gone with the room.
struct SharedItems: Sendable {
  /// As many as a long call has; more are refused, so that nothing that was shared disappears.
  static let most = 1_000
  /// What a person may share at once, and then one a second.
  private static let fullBudget = 10.0

  private(set) var items: [SharedItem] = []
  private var budgets: [String: (left: Double, at: Duration)] = [:]

  /// Takes one in.
  mutating func add(
    _ content: SharedItem.Content, from sender: SharedItem.Sender, time: String, at now: Duration
  ) throws(RoomError) -> SharedItem {
    guard items.count < Self.most else { throw .tooManyItems(limit: Self.most) }
    try spend(of: sender.session ?? "", at: now)
    let item = SharedItem(id: UInt64(items.count + 1), from: sender, time: time, content: content)
    items.append(item)
    return item
  }

  private mutating func spend(of session: String, at now: Duration) throws(RoomError) {
    var budget = budgets[session] ?? (Self.fullBudget, now)
    budget.left = min(Self.fullBudget, budget.left + (now - budget.at) / .seconds(1))
    budget.at = now
    guard budget.left >= 1 else { throw .sharedTooOften }
    budget.left -= 1
    budgets[session] = budget
  }
}

extension RoomDirectory {
  /// Shares something with all who are in a room.
  func share(_ content: SharedItem.Content, in name: String, from sender: SharedItem.Sender) throws(RoomError)
    -> SharedItem
  {
    _ = try room(name)
    var items = sharedItems[name] ?? SharedItems()
    let item = try items.add(content, from: sender, time: APITime.text(clock.wall), at: clock.monotonic)
    sharedItems[name] = items
    publish([.shared(item)], room: name)
    return item
  }

  /// What was shared so far, the oldest first.
  func listItems(_ name: String) throws(RoomError) -> [SharedItem] {
    _ = try room(name)
    return sharedItems[name]?.items ?? []
  }
}
