import Conference
import Foundation
import MediaBase
import RTC

/// Reads the `rtp` object of a join into the settings of a leg.
enum LegReader {
  /// `nil` where something was wrong; the fields know what.
  static func read(_ fields: inout JSONFields) -> LegSettings? {
    let address = fields.text("address", "a unicast IP address", required: true) { isUnicast($0) }
    let port = fields.whole("port", 1...65_535, required: true)
    let rtcpPort = fields.whole("rtcpPort", 1...65_535)
    let format = readFormat(&fields)
    let audioLevelExtension = fields.whole("audioLevelExtension", 1...14)
    let events = fields.whole("telephoneEventPayloadType", 96...127)
    let learnsSource = fields.flag("learnSource") ?? false
    let hasSRTP = fields.has("srtp")
    let srtp = fields.object("srtp") { readKeys(&$0) }
    if let events, events == format?.payloadType {
      fields.complain("telephoneEventPayloadType", "must not be the payloadType")
    }
    guard let address, let port, let format, srtp != nil || !hasSRTP || fields.mistakes.isEmpty,
      let remote = TransportAddress(address, port: UInt16(port))
    else { return nil }
    var leg = LegSettings(format: format, remote: remote)
    if let rtcpPort { leg.remoteRTCP = remote.withPort(UInt16(rtcpPort)) }
    leg.audioLevelExtension = audioLevelExtension
    leg.telephoneEventPayloadType = events
    leg.learnsSource = learnsSource
    leg.srtp = srtp
    return leg
  }

  private static func readFormat(_ fields: inout JSONFields) -> LegFormat? {
    let codec = fields.choice("codec", LegFormat.Codec.self, required: true)
    let payloadType = readPayloadType(&fields, codec)
    let packets = codec.map(PacketDuration.all) ?? PacketDuration.allCases
    let packet = fields.one("packetMilliseconds", of: packets, by: \.milliseconds)
    if let codec, codec != .opus {
      for name in ["channels", "bitrate", "fec", "dtx"] where fields.has(name) {
        fields.complain(name, "is for opus only, not \(codec.rawValue)")
      }
    }
    let channels = fields.whole("channels", 1...2)
    let bitrate = fields.whole("bitrate", 6_000...510_000)
    let (fec, dtx) = (fields.flag("fec"), fields.flag("dtx"))
    guard let codec, let payloadType else { return nil }
    var format = LegFormat(codec: codec, payloadType: payloadType)
    if let packet { format.packet = packet }
    if let layout = channels.flatMap(ChannelLayout.init(rawValue:)) { format.layout = layout }
    if let bitrate { format.bitsPerSecond = bitrate }
    if let fec { format.usesFEC = fec }
    if let dtx { format.usesDTX = dtx }
    return format
  }

  /// RFC 3551, table 4: PCMU is 0 and PCMA is 8; everything may have a number from 96 on that was agreed on.
  private static func readPayloadType(_ fields: inout JSONFields, _ codec: LegFormat.Codec?) -> Int? {
    let fixed: Int? =
      switch codec {
      case .pcmu: 0
      case .pcma: 8
      case .opus, nil: nil
      }
    let expected = fixed.map { "\($0) or a whole number from 96 to 127" } ?? "a whole number from 96 to 127"
    let given: Int? = fields.either("payloadType", expected) { value in
      guard case .number(let number) = value, let type = Int(exactly: number) else { return nil }
      return type == fixed || (96...127).contains(type) ? type : nil
    }
    if codec == .opus && !fields.has("payloadType") {
      fields.complain("payloadType", "is missing: it must be \(expected)")
    }
    return given ?? fixed
  }

  private static func readKeys(_ fields: inout JSONFields) -> SRTPKeys? {
    let suite = fields.choice("suite", SRTPKeys.Suite.self, required: true)
    let send = readKey("sendKey", &fields, suite)
    let receive = readKey("receiveKey", &fields, suite)
    guard let suite, let send, let receive else { return nil }
    return SRTPKeys(suite: suite, send: send, receive: receive)
  }

  private static func readKey(_ name: String, _ fields: inout JSONFields, _ suite: SRTPKeys.Suite?) -> [UInt8]? {
    let bytes = suite?.keyAndSaltBytes
    let expected = "\(bytes.map(String.init) ?? "30 or 28") bytes of key and salt in base64"
    return fields.text(name, expected, required: true) { text in
      Data(base64Encoded: text).map { bytes == nil || $0.count == bytes } ?? false
    }.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
  }

  /// Nothing may be sent to all or to nobody.
  private static func isUnicast(_ text: String) -> Bool {
    guard let address = TransportAddress(text, port: 0) else { return false }
    if let ipv4 = address.ipv4 { return ipv4 >> 28 < 14 && ipv4 >> 24 != 0 }
    return address.high >> 56 != 0xff && !(address.high == 0 && address.low == 0)
  }
}
