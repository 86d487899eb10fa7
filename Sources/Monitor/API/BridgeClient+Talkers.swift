import Foundation
import NIOCore
import NIOHTTP1

/// Who talks in a room, for those who watch it.
extension BridgeClient {
  private struct TalkerDocument: Decodable {
    var id: String
    var name: String
    var talking: Bool
  }

  private struct EventDocument: Decodable {
    var member: String?
    var id: String?
    var name: String?
    var talking: Bool?
  }

  /// Follows a room from now on until the bridge ends the stream, and tells each time who talks: by name, in the order in
  /// which they came.
  public func watchTalkers(
    in room: String, tell: @escaping @Sendable ([String]) -> Void
  ) async throws(BridgeClientError) {
    do {
      let connection = try await connect()
      try await connection.executeThenClose { inbound, outbound in
        let types = "talking,memberJoined,memberLeft,memberChanged"
        try await send(.GET, Self.path(room) + "/events?types=\(types)", nil, to: outbound)
        var talkers = try await presentTalkers(in: room)
        tell(talkers.names)
        var lines = EventLines()
        for try await part in inbound {
          guard case .body(let bytes) = part, !lines.isBroken else { continue }
          for event in lines.read(bytes.readableBytesView) { Self.note(event, &talkers) }
          tell(talkers.names)
        }
      }
    } catch {
      throw Self.told(error, server)
    }
  }

  /// Members by their numbers.
  private struct Talkers {
    var members: [UInt64: (name: String, isTalking: Bool)] = [:]
    var names: [String] {
      members.filter(\.value.isTalking).sorted { $0.key < $1.key }.map(\.value.name)
    }
  }

  private func presentTalkers(in room: String) async throws(BridgeClientError) -> Talkers {
    struct Page: Decodable { var items: [TalkerDocument] }
    // The first thousand: of more, those who begin to talk are seen without their names.
    let page: Page = try decode(try await ask(.GET, Self.path(room) + "/members?limit=1000"))
    var talkers = Talkers()
    for member in page.items {
      if let id = UInt64(member.id) { talkers.members[id] = (member.name, member.talking) }
    }
    return talkers
  }

  private static func note(_ event: EventLines.Event, _ talkers: inout Talkers) {
    guard let document = try? JSONDecoder().decode(EventDocument.self, from: Data(event.data.utf8)),
      let id = (document.member ?? document.id).flatMap({ UInt64($0) })
    else { return }
    switch event.name {
    case "memberLeft": talkers.members[id] = nil
    case "talking":
      talkers.members[id, default: ("member \(id)", false)].isTalking = document.talking ?? false
    default:
      talkers.members[id, default: ("member \(id)", false)].name = document.name ?? "member \(id)"
    }
  }
}
