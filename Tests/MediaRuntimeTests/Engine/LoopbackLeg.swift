import AudioCodecs
import Foundation
import MediaBase
import MediaRuntime
import RTC
import Synchronization

/// A leg on a loopback socket: says a sine in packets of 20 ms of G.711, and keeps what it gets.
///
/// Driven by its `LoopbackLegs`; safe from any thread.
final class LoopbackLeg: Sendable {
  /// One packet of sound that came.
  struct Packet: Sendable {
    var header: RTPHeader
    var payload: [UInt8]
    var source: TransportAddress
  }

  let socket: UDPSocket
  let law: G711
  let ssrc: SSRC
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var target: TransportAddress?
    var hertz: Double?
    var position = 0
    var sequence: UInt16 = 65_500
    var timestamp: UInt32 = 0xffff_f000
    var packets: [Packet] = []
    var rtcp: [[UInt8]] = []
    var others: [[UInt8]] = []
    var unreadable = 0
    var lastSent: [UInt8] = []
    var encryption: SRTPContext?
  }

  /// - Parameters:
  ///   - law: what it speaks and understands.
  ///   - keys: as the leg sees them: `send` is what it sends with.
  init(
    _ law: G711 = .muLaw, number: UInt32 = 1, keys: SRTPKeys? = nil, at address: TransportAddress = Datagrams.loopback
  )
    throws
  {
    socket = try UDPSocket(bindingTo: address)
    self.law = law
    ssrc = SSRC(rawValue: 0xabc0_0000 + number)
    var state = State()
    if let keys { state.encryption = try SRTPContext(keys) }
    self.state = Mutex(state)
  }

  var address: TransportAddress { socket.localAddress }
  var payloadType: Int { law == .muLaw ? 0 : 8 }

  /// Begins to say a sine of amplitude 0.2.
  func talk(_ hertz: Double, to target: TransportAddress) {
    state.withLock { ($0.hertz, $0.target) = (hertz, target) }
  }

  func fallSilent() {
    state.withLock { $0.hertz = nil }
  }

  /// Sends a datagram as it is.
  func send(_ bytes: [UInt8], to target: TransportAddress) throws {
    try Datagrams.send(bytes, from: socket, to: target)
  }

  /// The last packet of the voice, as it was on the wire.
  var lastSent: [UInt8] { state.withLock { $0.lastSent } }

  // MARK: What came

  /// All packets of sound so far, in the order in which they came.
  var packets: [Packet] { state.withLock { $0.packets } }
  var packetCount: Int { state.withLock { $0.packets.count } }
  /// All datagrams of RTCP so far.
  var rtcp: [[UInt8]] { state.withLock { $0.rtcp } }
  /// The datagrams of STUN and DTLS that came since they were taken last.
  func takeOthers() -> [[UInt8]] {
    state.withLock { state in
      defer { state.others = [] }
      return state.others
    }
  }

  /// Encrypts from now on.
  func setKeys(_ keys: SRTPKeys) throws {
    try state.withLock { $0.encryption = try SRTPContext(keys) }
  }

  /// Datagrams that were not RTP or RTCP, or not authentic.
  var unreadable: Int { state.withLock { $0.unreadable } }

  /// How much of a frequency there was in the last so many packets, as the amplitude of its sine; 0 before they are there.
  func amplitude(of hertz: Double, inLast count: Int = 20) -> Double {
    let last = packets.suffix(count)
    guard last.count == count else { return 0 }
    return amplitude(of: hertz, in: last)
  }

  func amplitude(of hertz: Double, in packets: ArraySlice<Packet>) -> Double {
    let samples = packets.flatMap(\.payload).map { Double(law.sample(of: $0)) / 32_768 }
    var real = 0.0, imaginary = 0.0
    for (index, sample) in samples.enumerated() {
      let angle = 2 * .pi * hertz * Double(index) / 8_000
      real += sample * cos(angle)
      imaginary += sample * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(max(1, samples.count))
  }

  /// Whether a BYE came for a source (RFC 3550, 6.6).
  func hasGoodbye(of source: SSRC) -> Bool {
    rtcp.contains { datagram in
      guard var reader = try? RTCPReader(datagram.span) else { return false }
      while let packet = reader.next() {
        if case .goodbye(let goodbye) = packet, goodbye.names(source) { return true }
      }
      return false
    }
  }

  // MARK: On the thread of the legs

  fileprivate func sendNext() {
    let (bytes, target): ([UInt8], TransportAddress?) = state.withLock { state in
      guard let hertz = state.hertz, let target = state.target else { return ([], nil) }
      let bytes = packet(of: hertz, &state)
      state.lastSent = bytes
      return (bytes, target)
    }
    guard let target else { return }
    try? send(bytes, to: target)
  }

  private func packet(of hertz: Double, _ state: inout State) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 200)
    var span = bytes.mutableSpan
    let header = RTPHeader(
      payloadType: payloadType, sequenceNumber: SequenceNumber(rawValue: state.sequence),
      timestamp: RTPTimestamp(rawValue: state.timestamp), ssrc: ssrc)
    var count = (try? header.write(into: &span)) ?? 0
    for index in 0..<160 {
      let sample = 0.2 * sin(2 * .pi * hertz * Double(state.position + index) / 8_000)
      span[count + index] = law.code(of: Int16(sample * 32_767))
    }
    count += 160
    state.position += 160
    state.sequence &+= 1
    state.timestamp &+= 160
    if state.encryption != nil { count = (try? state.encryption?.protect(&span, count: count)) ?? 0 }
    return Array(bytes[..<count])
  }

  fileprivate func takeWhatCame(by batch: inout ReceiveBatch) {
    while batch.receive(from: socket) > 0 {
      for index in 0..<batch.count { take(Datagrams.bytes(batch.datagram(index)), from: batch.source(index)) }
    }
  }

  private func take(_ datagram: [UInt8], from source: TransportAddress) {
    state.withLock { state in
      var bytes = datagram
      var span = bytes.mutableSpan
      let kind = PacketClass(of: datagram.span)
      guard kind != .stun && kind != .dtls else { return state.others.append(datagram) }
      var count = datagram.count
      if state.encryption != nil {
        count =
          (kind == .rtp
            ? try? state.encryption?.unprotect(&span, count: count)
            : try? state.encryption?.unprotectRTCP(&span, count: count)) ?? 0
      }
      let plain = Array(bytes[..<count])
      if kind == .rtcp, count > 0 {
        state.rtcp.append(plain)
      } else if kind == .rtp, let header = try? RTPHeader(parsing: plain.span) {
        state.packets.append(Packet(header: header, payload: Array(plain[header.payload]), source: source))
      } else {
        state.unreadable += 1
      }
    }
  }
}

/// The thread that lets legs talk and listen: a packet each 20 ms. Stopped before it is let go.
final class LoopbackLegs: Sendable {
  private final class Register: Sendable {
    let legs = Mutex<[LoopbackLeg]>([])
  }

  private let register = Register()
  private let thread: MediaThread

  init() throws {
    let waker = try Waker()
    let register = register
    thread = try MediaThread(.init(name: "legs"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      var batch = ReceiveBatch()
      var due = MonotonicClock.now
      while !stop.isRequested {
        poller.wait(until: due)
        let legs = register.legs.withLock(\.self)
        for leg in legs { leg.takeWhatCame(by: &batch) }
        guard MonotonicClock.now >= due else { continue }
        for leg in legs { leg.sendNext() }
        due = due.advanced(byMilliseconds: 20)
      }
    }
  }

  func add(_ leg: LoopbackLeg) {
    register.legs.withLock { $0.append(leg) }
  }

  func stop() {
    thread.requestStop()
    thread.join()
  }
}
