import MediaBase
import MediaRuntime
import Testing

@Suite("Waiting for sockets, deadlines and wakers")
struct PollerTests {
  @Test("a socket with packets is told by its number for as long as they wait")
  func readySocket() throws {
    let quiet = try UDPSocket(bindingTo: Datagrams.loopback)
    let busy = try UDPSocket(bindingTo: Datagrams.loopback)
    var poller = try Poller(waker: Waker())
    try poller.add(quiet, token: 7)
    try poller.add(busy, token: 8)
    try Datagrams.send([1], from: quiet, to: busy.localAddress)
    for _ in 0..<2 {
      poller.wait(until: nil)
      #expect(poller.readyCount == 1 && poller.token(0) == 8 && poller.wasWoken == false)
    }
    var batch = ReceiveBatch(capacity: 1)
    _ = batch.receive(from: busy)
    poller.wait(until: MonotonicClock.now)
    #expect(poller.readyCount == 0)
  }

  @Test("a socket that was removed is not told any more")
  func removedSocket() throws {
    let socket = try UDPSocket(bindingTo: Datagrams.loopback)
    var poller = try Poller(waker: Waker())
    try poller.add(socket, token: 1)
    try Datagrams.send([1], from: socket, to: socket.localAddress)
    poller.remove(socket)
    poller.wait(until: MonotonicClock.now)
    #expect(poller.readyCount == 0)
  }

  @Test("a wait ends at its deadline, not before")
  func deadline() throws {
    var poller = try Poller(waker: Waker())
    let deadline = MonotonicClock.now.advanced(byMilliseconds: 3)
    poller.wait(until: deadline)
    #expect(MonotonicClock.now >= deadline)
    #expect(poller.readyCount == 0 && poller.wasWoken == false)
  }

  @Test("a wake before the wait is not lost, several are one, and none is told twice")
  func wakeBeforeWait() throws {
    let waker = try Waker()
    var poller = try Poller(waker: waker)
    waker.wake()
    waker.wake()
    poller.wait(until: nil)
    #expect(poller.wasWoken == true && poller.readyCount == 0)
    poller.wait(until: MonotonicClock.now)
    #expect(poller.wasWoken == false)
  }

  @Test("another thread wakes a wait without end")
  func wakeFromAnotherThread() throws {
    let waker = try Waker()
    let thread = try MediaThread(.init(name: "waker")) { _ in waker.wake() }
    var poller = try Poller(waker: waker)
    poller.wait(until: nil)
    #expect(poller.wasWoken == true)
    thread.join()
  }

  @Test("more ready sockets than places take turns")
  func turns() throws {
    var poller = try Poller(waker: Waker(), capacity: 2)
    var sockets: [UDPSocket] = []
    for token in 0..<5 {
      sockets.append(try UDPSocket(bindingTo: Datagrams.loopback))
      try poller.add(sockets[token], token: UInt64(token))
      try Datagrams.send([1], from: sockets[token], to: sockets[token].localAddress)
    }
    var batch = ReceiveBatch(capacity: 1)
    var told: Set<UInt64> = []
    for _ in 0..<3 {
      poller.wait(until: nil)
      for index in 0..<poller.readyCount {
        told.insert(poller.token(index))
        _ = batch.receive(from: sockets[Int(poller.token(index))])
      }
    }
    #expect(told == [0, 1, 2, 3, 4])
  }
}
