import RTC
import AudioCodecs
import Foundation
import MediaBase
import Recording
import Testing

/// Which streams are mixed, and what is said of the others.
@Suite struct StreamPlanTests {
  let scratch: ScratchDirectory
  static let codes = Speech.g711(Speech.sine(440, seconds: 2, rate: 8_000))

  init() throws {
    scratch = try ScratchDirectory()
  }

  func plan(_ call: SyntheticCall, _ change: (inout ReplayOptions) -> Void = { _ in }) throws -> CaptureReplay {
    var options = ReplayOptions()
    change(&options)
    return try CaptureReplay(path: scratch.capture(call, "\(UUID().uuidString).pcapng"), options: options)
  }

  /// One stream, and the reason for which it is left out.
  func reason(
    _ payloads: [[UInt8]], ticks: Int = 160, tail: Int = 0, type: Int = 0, description: String? = nil,
    _ change: (inout ReplayOptions) -> Void = { _ in }
  ) throws -> StreamPlan.Reason? {
    var call = SyntheticCall()
    call.add(
      payloads, ticks: ticks, .init(source: place(1), destination: place(2), payloadType: type, tail: tail))
    let replay = try plan(call) { options in
      if let description { options.descriptions = MediaDescription.read(Array(description.utf8).span) }
      change(&options)
    }
    guard case .leftOut(let reason) = replay.plan.verdicts[0] else { return nil }
    #expect(replay.warnings.contains { $0.contains("left out") && $0.contains("0x00001111") } || reason.isExpected)
    return reason
  }

  // MARK: What payload types mean

  @Test func anUnknownTypeIsNamedWithWhatItLooksLike() throws {
    let opus = try Speech.opus(Speech.glide(seconds: 2))
    #expect(try reason(opus, ticks: 960, type: 111) == .unknownType(111, looksLike: .opus))
    #expect(try reason(Self.codes, type: 96) == .unknownType(96, looksLike: .pcm))
    #expect(try reason(Speech.random(100, bytes: 170), type: 96) == .unknownType(96, looksLike: .encrypted))
    let fixed = Array(repeating: [UInt8](repeating: 3, count: 33), count: 100)
    #expect(try reason(fixed, type: 96) == .unknownType(96, looksLike: .nothing))
    #expect(try reason(fixed, type: 3).map { "\($0)" }?.contains("GSM") == true)
  }

  @Test func whatTheUserSaysComesFirst() throws {
    let opus = try Speech.opus(Speech.glide(seconds: 2))
    #expect(try reason(opus, ticks: 960, type: 111) { $0.formats[111] = PayloadFormat("opus/48000/2") } == nil)
    // Even of a number that everybody knows.
    #expect(try reason(opus, ticks: 960, type: 0) { $0.formats[0] = PayloadFormat("opus/48000/2") } == nil)
  }

  static let descriptions = [
    // The receiver's, the sender's, and one whose address a network has changed.
    "c=IN IP4 192.0.2.2\nm=audio 5004 RTP/AVP 97\na=rtpmap:97 opus/48000/2",
    "c=IN IP4 192.0.2.1\nm=audio 5004 RTP/AVP 97\na=rtpmap:97 opus/48000/2",
    "c=IN IP4 10.0.0.1\nm=audio 9 RTP/AVP 97\na=rtpmap:97 opus/48000/2",
  ]

  @Test(arguments: descriptions)
  func aDescriptionSaysWhatATypeMeans(description: String) throws {
    let opus = try Speech.opus(Speech.glide(seconds: 1))
    #expect(try reason(opus, ticks: 960, type: 97, description: "v=0\n" + description) == nil)
  }

  @Test func theReceiversDescriptionCountsMoreThanOthers() throws {
    let both = """
      c=IN IP4 192.0.2.2
      m=audio 5004 RTP/AVP 97
      a=rtpmap:97 PCMU/8000
      c=IN IP4 192.0.2.2
      m=audio 9 RTP/AVP 97
      a=rtpmap:97 opus/48000/2
      """
    #expect(try reason(Self.codes, type: 97, description: "v=0\nc=IN IP4 192.0.2.2\n" + both) == nil)
    // And where two who are elsewhere disagree, neither is believed.
    let elsewhere = both.replacingOccurrences(of: "192.0.2.2", with: "10.0.0.1")
    #expect(
      try reason(Self.codes, type: 97, description: "v=0\nc=IN IP4 10.0.0.1\n" + elsewhere)
        == .unknownType(97, looksLike: .pcm))
  }

  @Test func aDescriptionInTheCaptureIsEnough() throws {
    var call = SyntheticCall()
    let offer = StreamFinderTests.invite.replacingOccurrences(
      of: "a=rtpmap:111 opus/48000/2",
      with: "a=rtpmap:111 opus/48000/2\r\na=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level")
    // It comes behind the first packets, as an answer may.
    call.add(Array(offer.utf8), from: place(1, 5_060), to: place(2, 5_060), at: 0.5)
    call.add(
      try Speech.opus(Speech.glide(seconds: 2)), ticks: 960,
      .init(source: place(2), destination: place(1), payloadType: 111))
    let replay = try plan(call)
    #expect(replay.plan.legs.count == 1 && replay.plan.legs[0].audioLevelExtension == 4)
    #expect(replay.plan.formats[0]?.description == "opus/48000/2")
  }

  // MARK: Encryption

  @Test func encryptedPacketsAreToldByTheirLooks() throws {
    #expect(try reason(Speech.random(100, bytes: 160), tail: 10) == .encrypted(isDescribed: false))
    let opus = Speech.random(100, bytes: 90)
    #expect(
      try reason(opus, ticks: 960, type: 111) { $0.formats[111] = PayloadFormat("opus/48000/2") }
        == .encrypted(isDescribed: false))
    #expect(try reason(Self.codes) == nil)
  }

  @Test func encryptedPacketsAreToldByTheirDescription() throws {
    let secure = "v=0\nc=IN IP4 192.0.2.2\nm=audio 5004 RTP/SAVP 0\n"
    #expect(try reason(Speech.random(20, bytes: 170), description: secure) == .encrypted(isDescribed: true))
    // Who offered encryption and did not use it can be mixed.
    #expect(try reason(Self.codes, description: secure) == nil)
  }

  // MARK: Directions

  /// Three people at a bridge: what they say, and what they get.
  func conference(port: (Int) -> Int = { _ in 7_000 }) -> SyntheticCall {
    var call = SyntheticCall()
    for person in 1...3 {
      let bridge = place(9, port(person))
      let ssrc = UInt32(person)
      call.add(Self.codes, ticks: 160, .init(source: place(person), destination: bridge, ssrc: ssrc))
      call.add(Self.codes, ticks: 160, .init(source: bridge, destination: place(person), ssrc: ssrc + 100))
    }
    return call
  }

  @Test(arguments: [false, true])
  func whatABridgeSentIsLeftOut(portEach: Bool) throws {
    let replay = try plan(conference { portEach ? 7_000 + 2 * $0 : 7_000 })
    #expect(replay.plan.legs.map(\.source) == [place(1), place(2), place(3)])
    #expect(replay.plan.verdicts.count { $0 == .leftOut(.fromBridge) } == 3)
    #expect(replay.plan.bridge?.place == (portEach ? "192.0.2.9" : "192.0.2.9:7000") && replay.plan.bridge?.people == 3)
    #expect(replay.warnings.count == 1 && replay.warnings[0].contains("--to any both"))
  }

  @Test func filtersOverrideIt() throws {
    let from = try plan(conference()) { $0.from = [AddressFilter("192.0.2.9")!] }
    #expect(from.plan.legs.map(\.destination) == [place(1), place(2), place(3)] && from.warnings.isEmpty)
    #expect(try plan(conference()) { $0.to = [AddressFilter("any")!] }.plan.legs.count == 6)
    let two = try plan(conference()) { $0.from = [AddressFilter("192.0.2.1:5004")!, AddressFilter("192.0.2.3")!] }
    #expect(two.plan.legs.map(\.source) == [place(1), place(3)])
    #expect(try plan(conference()) { $0.to = [AddressFilter("192.0.2.9:7001")!] }.plan.legs.isEmpty)
  }

  /// Two exchanges with three calls between them: each stream is one person.
  @Test func betweenTwoExchangesNothingIsPreferred() throws {
    var call = SyntheticCall()
    for number in 0..<3 {
      let (one, other) = (place(1, 6_000 + number), place(2, 7_000 + number))
      call.add(Self.codes, ticks: 160, .init(source: one, destination: other, ssrc: UInt32(number)))
      call.add(Self.codes, ticks: 160, .init(source: other, destination: one, ssrc: UInt32(number + 100)))
    }
    let replay = try plan(call)
    #expect(replay.plan.legs.count == 6 && replay.plan.bridge == nil)
  }

  /// Somebody who called one person and then another is no bridge.
  @Test func callsOneAfterAnotherAreNoConference() throws {
    var call = SyntheticCall()
    for (number, person) in [1, 2].enumerated() {
      let start = Double(number) * 10
      call.add(
        Self.codes, ticks: 160, .init(source: place(person), destination: place(9), ssrc: UInt32(person), start: start))
      call.add(
        Self.codes, ticks: 160,
        .init(source: place(9), destination: place(person), ssrc: UInt32(person + 100), start: start))
    }
    #expect(try plan(call).plan.legs.count == 4)
  }

  @Test(arguments: [
    ("192.0.2.1", true), ("192.0.2.1:5004", true), ("192.0.2.1:5006", false), ("192.0.2.2", false), ("any", true),
  ])
  func aFilterNamesAnAddressOrAPort(text: String, isWanted: Bool) throws {
    let filter = try #require(AddressFilter(text))
    #expect(try (reason(Self.codes) { $0.from = [filter] } == nil) == isWanted)
  }

  @Test func filtersAreReadAsAddressesAreWritten() {
    #expect(AddressFilter("[2001:db8::1]:5004") != nil && AddressFilter("2001:db8::1") != nil)
    #expect(AddressFilter("[2001:db8::1]") == AddressFilter("2001:db8::1"))
    for text in ["", "192.0.2", "192.0.2.1:", "192.0.2.1:70000", "host:5004", "[]:1", "ANY"] {
      #expect(AddressFilter(text) == nil, "\(text)")
    }
  }

  // MARK: Nothing

  @Test func aCaptureWithoutStreamsIsRefusedInWords() throws {
    var call = SyntheticCall()
    call.add([1, 2, 3], from: place(1), to: place(2), at: 0)
    let path = try scratch.capture(call, "none.pcapng")
    #expect(throws: RecordingError.noStreams(path: path)) {
      try CaptureReplay(path: path, options: ReplayOptions()).checkNotEmpty()
    }
    var encrypted = SyntheticCall()
    encrypted.add(
      Speech.random(100, bytes: 160), ticks: 160, .init(source: place(1), destination: place(2), tail: 10))
    let replay = try plan(encrypted)
    #expect(throws: RecordingError.nothingToMix(path: replay.path, streams: 1)) { try replay.checkNotEmpty() }
  }
}
