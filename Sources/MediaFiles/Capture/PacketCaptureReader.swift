import CPcap
import Foundation
import MediaBase

/// A packet capture, open and read from front to back: pcap or pcapng, by libpcap.
///
///     var reader = try PacketCaptureReader(path: "call.pcapng")
///     while reader.advance() { use(reader.datagram, reader.payload) }
///     if reader.end != .whole { … }
///
/// Gives the datagrams of UDP and the segments of TCP, in the file's order; whatever else a frame holds is counted and
/// passed over. A file that was cut off, as a capture is that was killed, gives its last whole packet, and `end` says so.
///
/// Owns libpcap's handle and one descriptor. One owner, one thread at a time. Reads one frame at a time, of at most 256 KiB:
/// memory does not grow with the file. Costs about 0.1 µs a frame, and allocates only where a frame is larger than all
/// before it.
public struct PacketCaptureReader: ~Copyable {
  /// How a capture ended.
  public enum End: Sendable, Hashable {
    /// With its last packet.
    case whole
    /// In the midst of a packet.
    case cut
    /// In bytes that are none: libpcap's words for it. What follows is lost.
    case damaged(String)
    /// Where an interface of another link type than the first one's begins, which libpcap does not read.
    case otherLink
  }

  /// What was found so far.
  public struct Counts: Sendable, Hashable, Codable {
    /// Frames of any kind.
    public var frames = 0
    /// UDP datagrams.
    public var datagrams = 0
    /// TCP segments.
    public var segments = 0
    /// Datagrams and segments of which the capture kept the front only.
    public var cutShort = 0
    /// Fragments of IP packets, passed over.
    public var fragments = 0
    /// Frames whose headers end too soon or contradict one another, passed over.
    public var malformed = 0
    /// Everything else, passed over.
    public var other = 0
  }

  /// The file, as it was given.
  public let path: String
  /// What each frame begins with.
  public let link: LinkType
  /// What was found so far.
  public private(set) var counts = Counts()
  /// How it ended; `nil` before `advance` has said that it is over.
  public private(set) var end: End?
  /// The datagram or segment that `advance` went to.
  public private(set) var datagram = Self.none
  /// When it was captured.
  public private(set) var nanosecondsSince1970: Int64 = 0

  private let handle: OpaquePointer
  private var bytes: UnsafePointer<UInt8>?
  private var byteCount = 0

  private static let none = CapturedDatagram(
    transport: .udp, source: TransportAddress(ipv4: 0, port: 0), destination: TransportAddress(ipv4: 0, port: 0),
    payload: 0..<0, missingBytes: 0)

  /// Opens a capture. Throws where there is none, or of a link type that is not read.
  public init(path: String) throws(AudioFileError) {
    let file = try InputFile(path: path)
    guard CaptureFormat(startingWith: file.bytes(at: 0, count: CaptureFormat.magicBytes).span) != nil else {
      throw .unreadable(path: path, reason: "it is no packet capture: pcap and pcapng are read")
    }
    let stream = try file.openStream()
    var words = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let precision = UInt32(PCAP_TSTAMP_PRECISION_NANO)
    guard let handle = pcap_fopen_offline_with_tstamp_precision(stream, precision, &words) else {
      fclose(stream)
      throw .unreadable(path: path, reason: "it begins like a packet capture, but \(Self.text(words))")
    }
    let number = pcap_datalink(handle)
    guard let link = LinkType(dlt: number) else {
      let name = pcap_datalink_val_to_name(number).map { String(cString: $0) } ?? "\(number)"
      pcap_close(handle)
      throw .unreadable(path: path, reason: "it was captured on a link of type \(name): \(LinkType.known) are read")
    }
    self.handle = handle
    self.link = link
    self.path = path
  }

  deinit {
    pcap_close(handle)
  }

  /// Goes to the next datagram or segment; false where there is none, and `end` says why.
  public mutating func advance() -> Bool {
    guard end == nil else { return false }
    while nextFrame() {
      switch CapturedDatagram.find(in: frame, link: link) {
      case .datagram(let found):
        count(found)
        datagram = found
        return true
      case .fragment: counts.fragments += 1
      case .other: counts.other += 1
      case .malformed: counts.malformed += 1
      }
    }
    datagram = Self.none
    (bytes, byteCount) = (nil, 0)
    return false
  }

  /// The payload of `datagram`, as far as it was captured, until the next `advance`.
  public var payload: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { frame.extracting(datagram.payload) }
  }

  private var frame: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe Span(_unsafeStart: bytes ?? Self.nothing, count: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  private static var nothing: UnsafePointer<UInt8> { UnsafePointer(bitPattern: 1)! }

  private mutating func nextFrame() -> Bool {
    var header: UnsafeMutablePointer<pcap_pkthdr>?
    var data: UnsafePointer<UInt8>?
    let status = pcap_next_ex(handle, &header, &data)
    guard status == 1, let header, let data else {
      // -2 is the end of the file.
      end = status == -2 ? .whole : Self.end(saying: String(cString: pcap_geterr(handle)))
      return false
    }
    counts.frames += 1
    (bytes, byteCount) = (data, Int(header.pointee.caplen))
    // Asked for nanoseconds, libpcap puts them where microseconds stand. A file may hold any number.
    let (seconds, overflow) = Int64(header.pointee.ts.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    nanosecondsSince1970 = overflow ? Int64.max : seconds &+ Int64(header.pointee.ts.tv_usec)
    return true
  }

  private mutating func count(_ found: CapturedDatagram) {
    if found.transport == .udp { counts.datagrams += 1 } else { counts.segments += 1 }
    if found.missingBytes > 0 { counts.cutShort += 1 }
  }

  private static func end(saying words: String) -> End {
    if words.contains("truncated") { return .cut }
    return words.contains("different from the type of the first interface") ? .otherLink : .damaged(words)
  }

  private static func text(_ words: [CChar]) -> String {
    String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
