import CLinux
import Glibc
import MediaBase

/// A bound UDP socket that never blocks and notes when packets came.
///
/// Read by a `ReceiveBatch`, written by a `SendBatch`, watched by a `Poller`. It belongs to one media thread; nothing in it
/// changes after `init`, so that any thread may ask its address. Closed with its last reference.
public final class UDPSocket: Sendable {
  /// Which addresses it sends to and receives from.
  public enum Family: Sendable, Hashable {
    /// IPv4 alone.
    case ipv4
    /// IPv6 alone.
    case ipv6
    /// Both, bound to an IPv6 address that stands for all.
    case dualStack
  }

  /// What is asked of the system.
  public struct Settings: Sendable, Hashable {
    /// Kernel buffers in bytes, each way: a tick's burst of 3,000 packets takes 2.5 MB. The system may grant less.
    public var receiveBufferBytes = 4 << 20, sendBufferBytes = 4 << 20
    /// Whether a socket bound to `::` takes IPv4 too.
    public var isDualStack = false
    /// Whether packets tell which of our addresses they were sent to, on a socket that is bound to all (IPv4 only).
    public var notesDestination = false

    /// The ordinary ones.
    public init() {}
  }

  /// Which addresses it reaches.
  public let family: Family
  /// Where it is bound, with the port that it got.
  public let localAddress: TransportAddress
  /// What the system granted, bytes as the kernel counts them (with its own overhead).
  public let receiveBufferBytes: Int, sendBufferBytes: Int

  let descriptor: Int32

  /// Binds to one of our addresses, or to all by `0.0.0.0` or `::`; port 0 takes any that is free.
  public init(bindingTo address: TransportAddress, settings: Settings = Settings()) throws(MediaRuntimeError) {
    let isIPv4 = address.ipv4 != nil
    let descriptor = Glibc.socket(isIPv4 ? AF_INET : AF_INET6, Self.kind, 0)
    guard descriptor >= 0 else { throw .cannotOpenSocket(code: errno) }
    do throws(MediaRuntimeError) {
      try Self.setUp(descriptor, address, settings)
      localAddress = try Self.bind(descriptor, to: address)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    family = isIPv4 ? .ipv4 : settings.isDualStack ? .dualStack : .ipv6
    receiveBufferBytes = Self.option(descriptor, SO_RCVBUF)
    sendBufferBytes = Self.option(descriptor, SO_SNDBUF)
  }

  deinit {
    close(descriptor)
  }

  /// Packets that the kernel dropped since `init` because nobody read the socket in time. A system call.
  public var unreadDropCount: UInt32 {
    var memory = [UInt32](repeating: 0, count: Int(PARTYLINE_SK_MEMINFO_VARS))
    var length = socklen_t(memory.count * MemoryLayout<UInt32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, PARTYLINE_SO_MEMINFO, &memory, &length) == 0 else { return 0 }
    return memory[Int(PARTYLINE_SK_MEMINFO_DROPS)]
  }

  private static let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

  private static func setUp(
    _ descriptor: Int32, _ address: TransportAddress, _ settings: Settings
  ) throws(MediaRuntimeError) {
    // Root may pass the system's limit; others get what it allows.
    for (forced, ordinary, bytes) in [
      (PARTYLINE_SO_RCVBUFFORCE, SO_RCVBUF, settings.receiveBufferBytes),
      (PARTYLINE_SO_SNDBUFFORCE, SO_SNDBUF, settings.sendBufferBytes),
    ] where !set(descriptor, SOL_SOCKET, forced, Int32(clamping: bytes)) {
      _ = set(descriptor, SOL_SOCKET, ordinary, Int32(clamping: bytes))
    }
    var isSetUp = set(descriptor, SOL_SOCKET, PARTYLINE_SO_TIMESTAMPNS, 1)
    if address.ipv4 == nil {
      isSetUp = isSetUp && set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, settings.isDualStack ? 0 : 1)
    } else if settings.notesDestination {
      isSetUp = isSetUp && set(descriptor, Int32(IPPROTO_IP), PARTYLINE_IP_PKTINFO, 1)
    }
    guard isSetUp else { throw .cannotSetUp(address, code: errno) }
  }

  private static func bind(
    _ descriptor: Int32, to address: TransportAddress
  ) throws(MediaRuntimeError) -> TransportAddress {
    var place = address.ipv4.map { SocketAddress(ipv4: $0, port: address.port) } ?? SocketAddress(ipv6: address)
    let length = place.length
    let bound = withUnsafeBytes(of: &place.storage) {
      Glibc.bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, length)
    }
    guard bound == 0 else { throw .cannotBind(address, code: errno) }
    var name = sockaddr_in6()
    var nameLength = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let named = withUnsafeMutableBytes(of: &name) {
      getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &nameLength)
    }
    guard named == 0 else { throw .cannotBind(address, code: errno) }
    return TransportAddress(name)
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  private static func option(_ descriptor: Int32, _ option: Int32) -> Int {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, option, &value, &length)
    return Int(value)
  }
}
