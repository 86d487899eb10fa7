import Foundation

/// Takes a stream of Server-Sent Events apart (WHATWG HTML, 9.2.6): bytes in, events out.
///
/// ```
/// event: talking⏎
/// data: {"member":"7","talking":true}⏎
/// ⏎
/// ```
/// What we do not use is passed over: comments, numbers, retry times. A line beyond 64 KiB ends the reading, for the bridge
/// writes none. A value of whoever reads; knows no connection.
public struct EventLines {
  /// One event.
  public struct Event: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What goes with it.
    public var data: String
  }

  private var line: [UInt8] = []
  private var name = ""
  private var data: [String] = []
  /// Whether nothing more is read.
  public private(set) var isBroken = false

  private static let longestLine = 64 << 10

  /// Nothing read yet.
  public init() {}

  /// Takes the next bytes of the stream; returns the events that they complete.
  public mutating func read(_ bytes: some Sequence<UInt8>) -> [Event] {
    var events: [Event] = []
    for byte in bytes where !isBroken {
      if byte == 0x0a {
        if let event = endLine() { events.append(event) }
      } else if byte != 0x0d {
        line.append(byte)
        isBroken = line.count > Self.longestLine
      }
    }
    return events
  }

  private mutating func endLine() -> Event? {
    defer { line.removeAll(keepingCapacity: true) }
    guard !line.isEmpty else {
      defer { (name, data) = ("", []) }
      return data.isEmpty ? nil : Event(name: name, data: data.joined(separator: "\n"))
    }
    let text = String(decoding: line, as: UTF8.self)
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count > 1 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
    switch parts[0] {
    case "event": name = value
    case "data": data.append(value)
    default: break
    }
    return nil
  }
}
