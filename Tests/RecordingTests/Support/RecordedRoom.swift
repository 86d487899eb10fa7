import AudioCodecs
import Conference
import Foundation
import MediaBase
import RTC

/// A room in virtual time, with members who say tones over RTP: what recorders are tested on.
final class RecordedRoom {
  private(set) var room: Room
  private var pool = PacketPool(blocks: 256)
  private(set) var now = PacketTime(nanoseconds: 5_000_000_000)
  private(set) var talkers: [Talker] = []
  /// The shared mix of all ticks since it was asked for last.
  var mix: [Float] = []
  let settings: RoomSettings

  init(_ settings: RoomSettings = RoomSettings()) {
    self.settings = settings
    let wall = NTPClock(at: now, is: NTPTimestamp(secondsSince1970: 1_700_000_000))
    room = Room(
      id: RoomID(rawValue: 1), settings: settings, events: BoundedRing(capacity: 64), wall: wall, seed: 3)
  }

  func attach(_ tap: RoomTap) { room.attach(tap, at: now, pool: &pool) }
  func detach(_ tap: RoomTap) { room.detach(tap, at: now) }

  func join(_ codec: LegFormat.Codec = .opus, hertz: Double) throws -> Talker {
    let talker = try Talker(number: talkers.count + 1, codec: codec, hertz: hertz)
    talker.index = try room.join(
      talker.id, leg: talker.leg, socket: 0, local: TransportAddress(ipv4: 0x7f00_0001, port: 4_000), at: now,
      pool: &pool
    ).index
    talkers.append(talker)
    return talker
  }

  func change(_ talker: Talker, _ change: MemberChange, source: Talker? = nil) throws {
    try room.change(talker.index, change, source: source?.index)
  }

  func change(_ change: RoomChange) throws { try room.change(change, at: now) }
  func shed(_ shedding: LoadShedding) { room.shed(shedding, at: now) }

  /// The machine stood still for so many ticks; the mix is silent for as long.
  func skip(ticks: Int) {
    let skipped = room.skip(ticks: ticks)
    now = now.advanced(byNanoseconds: settings.frame.nanoseconds * Int64(skipped))
    mix += [Float](repeating: 0, count: skipped * settings.frame.samples * settings.layout.count)
  }

  /// A talker presses a key: one packet of a telephone event (RFC 4733), its last.
  func press(_ key: UInt8, by talker: Talker) throws {
    var packet = try talker.eventPacket([key, 0x8a, 0, 160])
    var bytes = packet.mutableSpan
    room.receive(&bytes, from: talker.leg.remote, for: talker.index, at: now.advanced(byMilliseconds: -2), pool: &pool)
  }

  func leave(_ talker: Talker) {
    room.leave(talker.index, pool: &pool)
    talkers.removeAll { $0 === talker }
  }

  /// Runs so many ticks; whoever talks sends a packet 5 ms before each, but for what `loses` takes.
  func run(ticks: Int, loses: (Talker, Int) -> Bool = { _, _ in false }) throws {
    for tick in 0..<ticks {
      for talker in talkers where talker.isTalking {
        var packet = try talker.nextPacket()
        if loses(talker, tick) { continue }
        var bytes = packet.mutableSpan
        let arrival = now.advanced(byMilliseconds: -5)
        room.receive(&bytes, from: talker.leg.remote, for: talker.index, at: arrival, pool: &pool)
      }
      var sink = Nowhere()
      room.tick(at: now, pool: &pool, into: &sink)
      mix += Self.samples(of: room)
      now = now.advanced(byNanoseconds: settings.frame.nanoseconds)
    }
  }

  private static func samples(of room: borrowing Room) -> [Float] {
    var samples: [Float] = []
    room.withSharedMix { mix in samples = mix.indices.map { mix[$0] } }
    return samples
  }

  /// One who says a tone.
  final class Talker {
    let id: MemberID
    let leg: LegSettings
    let hertz: Double
    var index = 0
    var isTalking = true
    /// Sends packets that are no Opus.
    var isBroken = false
    private var encoder: OpusEncoder
    private var position = 0
    private var sequence: UInt16 = 65_500
    private var timestamp: UInt32 = 0xffff_f000

    init(number: Int, codec: LegFormat.Codec, hertz: Double) throws {
      id = MemberID(rawValue: UInt64(number))
      self.hertz = hertz
      let type = codec == .opus ? 111 : (codec == .pcmu ? 0 : 8)
      var leg = LegSettings(
        format: LegFormat(codec: codec, payloadType: type),
        remote: TransportAddress(ipv4: 0x7f00_0001, port: UInt16(5_000 + number)))
      leg.telephoneEventPayloadType = 101
      self.leg = leg
      var settings = OpusEncoderSettings()
      settings.bitrate = .bitsPerSecond(48_000)
      encoder = try OpusEncoder(layout: .mono, application: .audio, settings: settings)
    }

    /// A packet of payload type 101 in the same stream.
    func eventPacket(_ payload: [UInt8]) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: 64)
      var span = bytes.mutableSpan
      let header = RTPHeader(
        payloadType: 101, sequenceNumber: SequenceNumber(rawValue: sequence),
        timestamp: RTPTimestamp(rawValue: timestamp), ssrc: SSRC(rawValue: UInt32(id.rawValue)))
      let offset = try header.write(into: &span)
      for index in payload.indices { span[offset + index] = payload[index] }
      sequence &+= 1
      return Array(bytes[..<(offset + payload.count)])
    }

    /// Lets so many packets go by without sending: DTX, or a mute at the sender.
    func pause(packets: Int) {
      timestamp &+= UInt32(packets * (leg.format.codec == .opus ? 960 : 160))
    }

    func nextPacket() throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: 1_500)
      var span = bytes.mutableSpan
      let header = RTPHeader(
        payloadType: leg.format.payloadType, sequenceNumber: SequenceNumber(rawValue: sequence),
        timestamp: RTPTimestamp(rawValue: timestamp), ssrc: SSRC(rawValue: UInt32(id.rawValue)))
      let offset = try header.write(into: &span)
      let payload = try payload()
      for index in payload.indices { span[offset + index] = payload[index] }
      sequence &+= 1
      pause(packets: 1)
      return Array(bytes[..<(offset + payload.count)])
    }

    private func payload() throws -> [UInt8] {
      // Code 3 without its count of frames (RFC 6716, 3.2.5).
      if isBroken { return [0xff] }
      let rate = leg.format.clockRate
      let count = rate / 50
      let frame = (0..<count).map { Float(0.3 * sin(2 * .pi * hertz * Double(position + $0) / Double(rate))) }
      position += count
      var payload = [UInt8](repeating: 0, count: 1_400)
      var span = payload.mutableSpan
      if leg.format.codec == .opus {
        let bytes = try encoder.encode(frame.span, into: &span)
        return Array(payload[..<bytes])
      }
      var coded = span._mutatingExtracting(0..<count)
      (leg.format.codec == .pcmu ? G711.muLaw : G711.aLaw).encode(frame.span, into: &coded)
      return Array(payload[..<count])
    }
  }
}

/// Takes packets and forgets them.
struct Nowhere: PacketSink, ~Copyable {
  private var bytes = [UInt8](repeating: 0, count: 2_048)

  init() {}

  mutating func send(to route: SendRoute, _ write: (inout MutableSpan<UInt8>) -> Int) -> Int {
    var span = bytes.mutableSpan
    return write(&span)
  }
}

/// A folder that is gone with its owner.
final class ScratchFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/partyline-recording-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
