/// A codec of an offered section, and what belongs to it there.
struct PeerCodec {
  let codec: VoiceCodec
  let payloadType: Int

  /// Opus before all, else the first of PCMU and PCMA in the order of the offer; `nil` where none is offered.
  static func best(of media: SessionDescription.Media) -> PeerCodec? {
    let offered = media.formats.compactMap { text -> PeerCodec? in
      guard let type = Int(text), (0...127).contains(type), let codec = format(of: type, in: media)?.voice else {
        return nil
      }
      return PeerCodec(codec: codec, payloadType: type)
    }
    return offered.first { $0.codec == .opus } ?? offered.first
  }

  /// What a payload type means in that section: by `a=rtpmap`, or as RFC 3551 assigns it.
  private static func format(of type: Int, in media: SessionDescription.Media) -> PayloadFormat? {
    for value in media.values("rtpmap") {
      let words = value.split(separator: " ", maxSplits: 1)
      if words.count == 2, Int(words[0]) == type { return PayloadFormat(words[1].prefix { $0 != " " }) }
    }
    return PayloadFormat.assigned(to: type)
  }

  /// `a=fmtp` of Opus.
  func parameters(in media: SessionDescription.Media) -> OpusParameters {
    guard codec == .opus else { return OpusParameters() }
    for value in media.values("fmtp") {
      let words = value.split(separator: " ", maxSplits: 1)
      if words.count == 2, Int(words[0]) == payloadType { return OpusParameters(words[1]) }
    }
    return OpusParameters()
  }

  /// The payload type of telephone events that count in the codec's clock (RFC 4733, 2.5.1).
  func telephoneEvents(in media: SessionDescription.Media) -> Int? {
    media.formats.lazy.compactMap { Int($0) }.first { type in
      guard (96...127).contains(type), let format = Self.format(of: type, in: media) else { return false }
      return format.name.lowercased() == "telephone-event" && format.clockRate == codec.clockRate
    }
  }
}

extension PayloadFormat {
  /// The codec of speech that it names; `nil` where we have it not.
  fileprivate var voice: VoiceCodec? {
    switch (name.lowercased(), clockRate, channels) {
    // RFC 7587, 7: always 48,000 and 2, whatever is inside.
    case ("opus", 48_000, 2): .opus
    case ("pcmu", 8_000, 1): .pcmu
    case ("pcma", 8_000, 1): .pcma
    default: nil
    }
  }
}
