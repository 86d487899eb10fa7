/// How the sound of an offer is reached and keyed. Each attribute stands in the section itself; or, where it is bundled, in
/// the section that speaks for the bundle (RFC 9143, 7.1.3); or before all sections.
struct PeerTransport {
  private let places: [[SessionDescription.Attribute]]

  init(_ description: SessionDescription, _ audio: SessionDescription.Media) {
    let bundle = description.bundle
    let isBundled = audio.value("mid").map(bundle.contains) ?? false
    let tagged = isBundled ? description.media.first { $0.value("mid") == bundle.first } : nil
    places = [audio.attributes, tagged?.attributes ?? [], description.attributes]
  }

  /// The first value of an attribute at the nearest place that has it.
  func value(_ name: String) -> String? {
    places.lazy.compactMap { SessionDescription.value(name, in: $0) }.first
  }

  /// Name and password of one place: those of two would not fit together.
  var credentials: ICECredentials? {
    for place in places {
      guard let name = SessionDescription.value("ice-ufrag", in: place) else { continue }
      return ICECredentials(
        usernameFragment: name, password: SessionDescription.value("ice-pwd", in: place) ?? value("ice-pwd") ?? "")
    }
    return nil
  }

  /// The strongest of the fingerprints at the nearest place that has any (RFC 8122, 5).
  var fingerprint: CertificateFingerprint? {
    for place in places {
      let known = place.filter { $0.name == "fingerprint" }.compactMap { CertificateFingerprint(sdp: $0.value) }
      if let best = known.max(by: { $0.bytes.count < $1.bytes.count }) { return best }
    }
    return nil
  }

  /// RFC 8842, 5.3: we wait for the other side, unless it says that it will wait.
  var role: DTLSRole? {
    switch value("setup") {
    case "actpass", "active": .server
    case "passive": .client
    default: nil
    }
  }
}

extension CertificateFingerprint {
  /// Reads `sha-256 02:17:7A:…` (RFC 8122, 5); `nil` for other hash functions and what is no hash.
  public init?(sdp text: some StringProtocol) {
    let words = text.split(separator: " ")
    guard words.count == 2, let algorithm = Algorithm(rawValue: words[0].lowercased()) else { return nil }
    let bytes = words[1].split(separator: ":", omittingEmptySubsequences: false).map { pair in
      pair.utf8.count == 2 && pair.utf8.first != UInt8(ascii: "+") ? UInt8(pair, radix: 16) : nil
    }
    let known = bytes.compactMap { $0 }
    guard known.count == bytes.count else { return nil }
    self.init(algorithm: algorithm, bytes: known)
  }

  /// As `a=fingerprint` has it.
  public var sdp: String {
    let pairs = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16).uppercased() }
    return "\(algorithm.rawValue) \(pairs.joined(separator: ":"))"
  }
}
