import CLinux
import Glibc
import MediaBase

/// Waits until sockets have packets, a deadline comes or a `Waker` calls: where a media thread spends its free time.
///
/// Sockets are told apart by a number of the caller's. Readiness is told as long as packets wait, so that a socket need not
/// be emptied. One owner, one thread. A wait costs a system call, about 0.5 µs where nothing has to be waited for.
public struct Poller: ~Copyable {
  /// Sockets that were ready at the last wait.
  public private(set) var readyCount = 0
  /// Whether the last wait was ended by the waker.
  public private(set) var wasWoken = false

  private let descriptor: Int32
  private let waker: Waker
  private let events: UnsafeMutablePointer<epoll_event>
  private let capacity: Int
  private static let wakerToken = UInt64.max

  /// Waits for `waker` and for up to `capacity` sockets at a time; more take turns.
  public init(waker: Waker, capacity: Int = 256) throws(MediaRuntimeError) {
    precondition(capacity > 0, "a poller waits for something")
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw .cannotOpenPoller(code: errno) }
    guard Self.watch(waker.descriptor, token: Self.wakerToken, by: descriptor) else {
      let code = errno
      close(descriptor)
      throw .cannotOpenPoller(code: code)
    }
    self.descriptor = descriptor
    self.waker = waker
    self.capacity = capacity
    events = .allocate(capacity: capacity)
    events.initialize(repeating: epoll_event(), count: capacity)
  }

  deinit {
    close(descriptor)
    events.deallocate()
  }

  /// Watches a socket, known as `token` from now on: any number but the greatest.
  public borrowing func add(_ socket: UDPSocket, token: UInt64) throws(MediaRuntimeError) {
    precondition(token != Self.wakerToken, "the greatest number is the waker's")
    guard Self.watch(socket.descriptor, token: token, by: descriptor) else {
      throw .cannotWatch(socket.localAddress, code: errno)
    }
  }

  /// Ends watching a socket. One that is closed is not watched any more by itself.
  public borrowing func remove(_ socket: UDPSocket) {
    epoll_ctl(descriptor, EPOLL_CTL_DEL, socket.descriptor, nil)
  }

  /// Waits until a socket is ready, the waker calls, or `deadline` is there; `nil` waits without end, and one that has
  /// passed looks only. What was ready is `readyCount`, `token(_:)` and `wasWoken`; a signal ends a wait with nothing.
  public mutating func wait(until deadline: PacketTime?) {
    readyCount = 0
    wasWoken = false
    let found: Int32
    if let deadline {
      let nanoseconds = max(0, deadline.nanoseconds(since: MonotonicClock.now))
      var timeout = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
      found = epoll_pwait2(descriptor, events, Int32(capacity), &timeout, nil)
    } else {
      found = epoll_wait(descriptor, events, Int32(capacity), -1)
    }
    for index in 0..<max(0, Int(found)) {
      if events[index].data.u64 == Self.wakerToken {
        wasWoken = true
        waker.reset()
      } else {
        events[readyCount] = events[index]
        readyCount += 1
      }
    }
  }

  /// Which socket was ready, `index` from 0 to `readyCount`.
  public borrowing func token(_ index: Int) -> UInt64 {
    precondition(index >= 0 && index < readyCount, "no such ready socket")
    return events[index].data.u64
  }

  private static func watch(_ watched: Int32, token: UInt64, by descriptor: Int32) -> Bool {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = token
    return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
  }
}
