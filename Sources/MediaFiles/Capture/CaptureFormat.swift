/// How a packet capture is stored, told by its first four bytes.
public enum CaptureFormat: String, Sendable, Hashable, CaseIterable {
  /// The format of libpcap since 1987; times in microseconds or nanoseconds.
  case pcap
  /// Blocks, of any number of interfaces (draft-ietf-opsawg-pcapng).
  case pcapng

  /// How many bytes tell it.
  static let magicBytes = 4

  /// The format of a file that starts so; `nil` where it is no capture.
  public init?(startingWith bytes: Span<UInt8>) {
    guard bytes.count >= Self.magicBytes else { return nil }
    let magic = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) }
    switch magic {
    // A section header block: the same in both byte orders.
    case 0x0a0d_0d0a: self = .pcapng
    // Microseconds, nanoseconds, and Kuznetzov's variant with longer packet headers.
    case 0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, 0xa1b2_cd34, 0x34cd_b2a1: self = .pcap
    default: return nil
    }
  }

  /// The format of a file; `nil` where it is no capture, or cannot be read.
  public init?(contentsOf path: String) {
    guard let file = try? InputFile(path: path) else { return nil }
    self.init(startingWith: file.bytes(at: 0, count: Self.magicBytes).span)
  }
}
