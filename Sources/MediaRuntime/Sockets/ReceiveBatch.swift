import CLinux
import Glibc
import MediaBase

/// Room for the datagrams of one `recvmmsg`: received together, then read one by one.
///
/// One for each media thread, whatever the number of its sockets: what a receive brought stays until the next one. All
/// memory is allocated by `init`, about 1.8 KB a datagram; a datagram costs 0.5 to 1 µs, nearly all of it the kernel's.
public struct ReceiveBatch: ~Copyable {
  /// The most datagrams that one call receives.
  public let capacity: Int
  /// The longest datagram taken, in bytes; longer ones are cut by the kernel, and dropped here.
  public let datagramBytes: Int
  /// Datagrams there are to read.
  public private(set) var count = 0
  /// Datagrams dropped since `init` because they were too long.
  public private(set) var truncatedCount: UInt64 = 0

  private let bytes: UnsafeMutableRawPointer
  private let messages: UnsafeMutablePointer<partyline_message>
  private let vectors: UnsafeMutablePointer<iovec>
  private let sources: UnsafeMutablePointer<sockaddr_in6>
  private let controls: UnsafeMutableRawPointer
  /// Where the datagrams that were kept stand, in order.
  private let kept: UnsafeMutablePointer<Int>
  /// How many headers the kernel wrote its own lengths into, which the next call has to put back.
  private var touched = 0
  private var clock: ArrivalClock

  /// An arrival time takes 32 bytes of control data, a destination another 32 (IPv4) or 40.
  private static let controlBytes = 128

  /// Room for `capacity` datagrams of up to `datagramBytes` each.
  public init(capacity: Int = 128, datagramBytes: Int = 1_500) {
    precondition(capacity > 0 && datagramBytes > 0, "a batch holds at least one datagram")
    self.capacity = capacity
    self.datagramBytes = datagramBytes
    bytes = .allocate(byteCount: capacity * datagramBytes, alignment: 64)
    controls = .allocate(byteCount: capacity * Self.controlBytes, alignment: 16)
    messages = .allocate(capacity: capacity)
    vectors = .allocate(capacity: capacity)
    sources = .allocate(capacity: capacity)
    kept = .allocate(capacity: capacity)
    let clocks = ArrivalClock.readClocks()
    clock = ArrivalClock(monotonic: clocks.monotonic, wallNanoseconds: clocks.wallNanoseconds)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * datagramBytes)
    sources.initialize(repeating: sockaddr_in6(), count: capacity)
    kept.initialize(repeating: 0, count: capacity)
    for index in 0..<capacity {
      vectors[index] = iovec(iov_base: bytes + index * datagramBytes, iov_len: datagramBytes)
      var header = msghdr()
      header.msg_name = UnsafeMutableRawPointer(sources + index)
      header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
      header.msg_iov = vectors + index
      header.msg_iovlen = 1
      header.msg_control = controls + index * Self.controlBytes
      header.msg_controllen = Self.controlBytes
      messages[index] = partyline_message(header: header, bytes: 0)
    }
  }

  deinit {
    bytes.deallocate()
    controls.deallocate()
    messages.deallocate()
    vectors.deallocate()
    sources.deallocate()
    kept.deallocate()
  }

  /// Receives what waits on a socket, at most `capacity`, in place of what was received before. Never blocks.
  ///
  /// - Returns: how many datagrams the kernel had, those too long to keep included: fewer than `capacity` means that no
  ///   more are waiting, 0 that none was. Those to read are `count`.
  public mutating func receive(from socket: borrowing UDPSocket) -> Int {
    for index in 0..<touched {
      messages[index].header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
      messages[index].header.msg_controllen = Self.controlBytes
    }
    count = 0
    touched = 0
    let received = Int(partyline_receive_messages(socket.descriptor, messages, UInt32(capacity)))
    guard received > 0 else { return 0 }
    touched = received
    let clocks = ArrivalClock.readClocks()
    clock.beginBatch(monotonic: clocks.monotonic, wallNanoseconds: clocks.wallNanoseconds)
    for index in 0..<received {
      if messages[index].header.msg_flags & Int32(MSG_TRUNC) != 0 {
        truncatedCount += 1
      } else {
        kept[count] = index
        count += 1
      }
    }
    return received
  }

  /// A datagram, 0 to `datagramBytes` long.
  @_lifetime(borrow self)
  public borrowing func datagram(_ index: Int) -> Span<UInt8> {
    let place = place(index)
    let start = (bytes + place * datagramBytes).assumingMemoryBound(to: UInt8.self)
    let span = Span(_unsafeStart: UnsafePointer(start), count: Int(messages[place].bytes))
    return _overrideLifetime(span, borrowing: self)
  }

  /// The same, to be changed in place: SRTP is taken off where it stands.
  @_lifetime(borrow self)
  public borrowing func mutableDatagram(_ index: Int) -> MutableSpan<UInt8> {
    let place = place(index)
    let start = (bytes + place * datagramBytes).assumingMemoryBound(to: UInt8.self)
    let span = MutableSpan(_unsafeStart: start, count: Int(messages[place].bytes))
    return _overrideLifetime(span, borrowing: self)
  }

  /// Where a datagram came from.
  public borrowing func source(_ index: Int) -> TransportAddress {
    TransportAddress(sources[place(index)])
  }

  /// When a datagram came, by the kernel; never later than now.
  public borrowing func arrival(_ index: Int) -> PacketTime {
    let stamp: timespec? = control(place(index), level: SOL_SOCKET, type: PARTYLINE_SO_TIMESTAMPNS)
    return clock.arrival(stampNanoseconds: stamp.map { Int64($0.tv_sec) &* 1_000_000_000 &+ Int64($0.tv_nsec) })
  }

  /// Which of our IPv4 addresses a datagram was sent to, on a socket that notes it.
  public borrowing func destinationIPv4(_ index: Int) -> UInt32? {
    let info: in_pktinfo? = control(place(index), level: Int32(IPPROTO_IP), type: PARTYLINE_IP_PKTINFO)
    return info.map { UInt32(bigEndian: $0.ipi_addr.s_addr) }
  }

  private borrowing func place(_ index: Int) -> Int {
    precondition(index >= 0 && index < count, "datagram out of range")
    return kept[index]
  }

  /// What the kernel tells beside a datagram (cmsg(3)).
  private borrowing func control<Value: BitwiseCopyable>(_ place: Int, level: Int32, type: Int32) -> Value? {
    let header = header(place)
    var control = partyline_first_control(header)
    while let found = control {
      if found.pointee.cmsg_level == level, found.pointee.cmsg_type == type,
        found.pointee.cmsg_len >= partyline_control_length(MemoryLayout<Value>.size)
      {
        return UnsafeRawPointer(partyline_control_data(found)).loadUnaligned(as: Value.self)
      }
      control = partyline_next_control(header, found)
    }
    return nil
  }

  private borrowing func header(_ place: Int) -> UnsafeMutablePointer<msghdr> {
    // The header is a message's first field.
    UnsafeMutableRawPointer(messages + place).assumingMemoryBound(to: msghdr.self)
  }
}
