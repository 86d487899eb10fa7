import Conference
import MediaBase
import MediaRuntime
import Synchronization

/// A bridge that decodes, mixes and encodes nothing: it sends each packet of a room's first member to every member.
///
/// What it carries is the limit that packets alone set to any bridge on this machine, and a check of the load generator.
/// One thread, which reads and writes one socket; a lock is taken for each batch that comes.
public final class ForwardingBridge: ConferenceMedia {
  private struct Rooms {
    /// Where each room's packets go.
    var members: [[SocketAddress]] = []
    /// By the address of its first member.
    var byTalker: [TransportAddress: Int] = [:]
  }

  private let socket: UDPSocket
  private let thread: MediaThread
  private let rooms: ForwardedRooms

  private final class ForwardedRooms: Sendable {
    let value = Mutex(Rooms())
  }

  /// Starts it on any core, or on one.
  public init(core: Int?) throws(MediaRuntimeError) {
    let socket = try UDPSocket(bindingTo: TransportAddress(ipv4: 0x7f00_0001, port: 0))
    let rooms = ForwardedRooms()
    let waker = try Waker()
    var settings = MediaThread.Settings(name: "forward")
    settings.core = core
    thread = try MediaThread(settings, waker: waker) { stop in
      guard var poller = try? Poller(waker: waker), (try? poller.add(socket, token: 0)) != nil else { return }
      var receiving = ReceiveBatch()
      var sending = SendBatch()
      while !stop.isRequested {
        poller.wait(until: nil)
        guard receiving.receive(from: socket) > 0 else { continue }
        rooms.value.withLock { Self.forward(receiving, in: $0, by: &sending, from: socket) }
      }
    }
    self.socket = socket
    self.rooms = rooms
  }

  private static func forward(
    _ packets: borrowing ReceiveBatch, in rooms: Rooms, by sending: inout SendBatch, from socket: UDPSocket
  ) {
    let headerBytes = 12
    for index in 0..<packets.count {
      guard let room = rooms.byTalker[packets.source(index)] else { continue }
      let packet = packets.datagram(index)
      guard packet.count >= headerBytes, let payload = sending.share(packet.extracting(headerBytes..<packet.count))
      else { continue }
      for member in rooms.members[room] {
        if sending.isFull { sending.flush(to: socket) }
        var header = sending.headerSlot
        for at in 0..<headerBytes { header[at] = packet[at] }
        sending.appendHeader(byteCount: headerBytes, payload: payload, to: member)
      }
    }
    sending.flush(to: socket)
    sending.removeSharedPayloads()
  }

  /// Stops the thread.
  public func shutDown() {
    thread.requestStop()
    thread.join()
  }

  /// Rooms are numbered from 1.
  public func openRoom(_ settings: RoomSettings) async throws(ConferenceMediaError) -> RoomID {
    rooms.value.withLock { rooms in
      rooms.members.append([])
      return RoomID(rawValue: UInt32(rooms.members.count))
    }
  }

  /// The first who joins is forwarded.
  public func join(_ room: RoomID, leg: LegSettings) async throws(ConferenceMediaError) -> JoinedLeg {
    guard let destination = SocketAddress(leg.remote, for: socket) else { throw .unsupported("IPv6") }
    let member = try rooms.value.withLock { rooms throws(ConferenceMediaError) -> UInt64 in
      let index = Int(room.rawValue) - 1
      guard rooms.members.indices.contains(index) else { throw .unknownRoom(room) }
      if rooms.members[index].isEmpty { rooms.byTalker[leg.remote] = index }
      rooms.members[index].append(destination)
      return UInt64(index) << 32 | UInt64(rooms.members[index].count)
    }
    return JoinedLeg(member: MemberID(rawValue: member), local: socket.localAddress, ssrc: SSRC(rawValue: 0))
  }

  /// Not done: a run ends with the bridge.
  public func closeRoom(_ room: RoomID) async {}
  /// Not done: nothing of a member changes what is forwarded.
  public func change(_ member: MemberID, _ change: MemberChange) async throws(ConferenceMediaError) {}
  /// Not done, as `closeRoom`.
  public func leave(_ member: MemberID) async {}
  /// There are none.
  public func events() async -> AsyncStream<MediaEvent> { AsyncStream { $0.finish() } }
}
