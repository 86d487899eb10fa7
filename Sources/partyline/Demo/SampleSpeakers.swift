import AudioCodecs
import Benchmarks
import BridgeServer
import Conference
import Foundation
import Logging
import MediaBase
import MediaRuntime
import OfflineMixing
import RTC
import Synchronization

/// The voices of the sample conference as legs of a room: each sends its recording as Opus over RTP, over and over.
///
/// What `partyline host --demo` is heard by. They are ordinary legs on loopback, seen in the API, that listen to nothing.
/// The packets are made beforehand; one thread sends them all.
final class SampleSpeakers: Sendable {
  /// The room's name.
  static let room = "demo"

  private let speakers: [Speaker]
  /// Packets from one beginning of the conference to the next.
  private let periodPackets: Int
  private let thread = Mutex<MediaThread?>(nil)

  /// One voice.
  private struct Speaker: Sendable {
    let name: String
    let firstPacket: Int
    let packets: [[UInt8]]
    let levels: [AudioLevel]
    let socket: UDPSocket
  }

  /// The pause before it all begins again: 2 s.
  private static let pausePackets = 100
  private static let payloadType = 111
  private static let levelExtension = 1

  /// Reads and encodes the legs of a conference that are a single voice's.
  init(manifest: String) throws {
    let conference = try LegManifest(contentsOf: manifest)
    var speakers: [Speaker] = []
    for leg in conference.legs where leg.channel == .all {
      let recording = try SpeechFile.read(leg.file)
      let gain = Float(leg.gain.linear)
      let (packets, levels) = try Self.encode(recording.map { $0 * gain })
      let name = leg.name ?? leg.file
      speakers.append(
        Speaker(
          name: name, firstPacket: Int(leg.start * 50), packets: packets, levels: levels,
          socket: try UDPSocket(bindingTo: TransportAddress(ipv4: 0x7f00_0001, port: 0))))
    }
    self.speakers = speakers
    periodPackets = Self.pausePackets + (speakers.map { $0.firstPacket + $0.packets.count }.max() ?? 0)
  }

  private static func encode(_ samples: [Float]) throws -> ([[UInt8]], [AudioLevel]) {
    var settings = OpusEncoderSettings()
    settings.bitrate = .bitsPerSecond(32_000)
    // All is encoded before the first is heard: quickly, rather than well.
    settings.complexity = 0
    var encoder = try OpusEncoder(layout: .mono, application: .audio, settings: settings)
    var packets: [[UInt8]] = []
    var levels: [AudioLevel] = []
    var packet = [UInt8](repeating: 0, count: OpusEncoder.largestPacketBytes)
    for start in stride(from: 0, through: samples.count - 960, by: 960) {
      let frame = samples[start..<start + 960]
      var span = packet.mutableSpan
      let count = try encoder.encode(frame.span, into: &span)
      packets.append(Array(packet[..<count]))
      let power = frame.reduce(0) { $0 + Double($1) * Double($1) } / 960
      levels.append(AudioLevel(dBov: Decibels(power: power), isVoice: power > 1e-5))
    }
    return (packets, levels)
  }

  /// Opens the room, takes a seat for each voice, and begins.
  func talk(in bridge: BridgeHost, log: Logger) async {
    do {
      try await bridge.openRoom(Self.room)
      var destinations: [SocketAddress] = []
      for speaker in speakers {
        var leg = LegSettings(
          format: LegFormat(codec: .opus, payloadType: Self.payloadType), remote: speaker.socket.localAddress)
        leg.audioLevelExtension = Self.levelExtension
        let joined = try await bridge.join(Self.room, name: speaker.name, leg: leg)
        guard let destination = SocketAddress(joined.local, for: speaker.socket) else { continue }
        destinations.append(destination)
      }
      try start(destinations)
      log.notice("sample speakers talk", metadata: ["room": "\(Self.room)", "speakers": "\(speakers.count)"])
    } catch {
      log.error("no demo", metadata: ["reason": "\(error)"])
    }
  }

  /// Ends talking.
  func stop() {
    let thread = self.thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    thread?.requestStop()
    thread?.join()
  }

  private func start(_ destinations: [SocketAddress]) throws(MediaRuntimeError) {
    let waker = try Waker()
    let thread = try MediaThread(MediaThread.Settings(name: "demo"), waker: waker) { [self] stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var batch = SendBatch(capacity: 8)
      var due = MonotonicClock.now
      var number = 0
      while !stop.isRequested {
        poller.wait(until: due)
        guard MonotonicClock.now >= due else { continue }
        for (index, destination) in destinations.enumerated() {
          send(number, of: index, to: destination, by: &batch)
        }
        number += 1
        due = due.advanced(byMilliseconds: 20)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Sends what a speaker says in the packet `number` since the beginning, if they say anything then.
  private func send(_ number: Int, of index: Int, to destination: SocketAddress, by batch: inout SendBatch) {
    let speaker = speakers[index]
    let place = number % periodPackets - speaker.firstPacket
    guard speaker.packets.indices.contains(place) else { return }
    let header = RTPHeader(
      payloadType: Self.payloadType, isMarked: place == 0,
      sequenceNumber: SequenceNumber(rawValue: UInt16(truncatingIfNeeded: number)),
      timestamp: RTPTimestamp(rawValue: UInt32(truncatingIfNeeded: number * 960)),
      ssrc: SSRC(rawValue: 0x5350_0000 + UInt32(index)))
    var slot = batch.packetSlot
    guard let count = try? header.write(into: &slot, audioLevel: (speaker.levels[place], Self.levelExtension))
    else { return }
    for (offset, byte) in speaker.packets[place].enumerated() { slot[count + offset] = byte }
    batch.appendPacket(byteCount: count + speaker.packets[place].count, to: destination)
    batch.flush(to: speaker.socket)
  }
}
