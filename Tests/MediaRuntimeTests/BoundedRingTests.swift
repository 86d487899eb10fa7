import Foundation
import MediaBase
import MediaRuntime
import Testing

@Suite("Rings from thread to thread")
struct BoundedRingTests {
  @Test("capacity is rounded up to a power of two", arguments: [(1, 1), (2, 2), (3, 4), (5, 8), (1_000, 1_024)])
  func capacityIsRoundedUp(asked: Int, given: Int) {
    #expect(BoundedRing<Int>(capacity: asked).capacity == given)
  }

  @Test("every small ring gives back what it took, in order, over many rounds", arguments: 1...9)
  func firstInFirstOut(capacity: Int) {
    let ring = BoundedRing<Int>(capacity: capacity)
    var next = 0
    var expected = 0
    for round in 0..<50 {
      for _ in 0..<round % (ring.capacity + 1) {
        #expect(ring.push(next))
        next += 1
      }
      while let element = ring.pop() {
        #expect(element == expected)
        expected += 1
      }
      #expect(expected == next)
    }
  }

  @Test("a full ring drops what comes, counts it, and keeps what it has")
  func fullRingDropsAndCounts() {
    let ring = BoundedRing<Int>(capacity: 4)
    for number in 0..<7 { #expect(ring.push(number) == (number < 4)) }
    #expect(ring.droppedCount == 3)
    #expect((0..<4).map { _ in ring.pop() } == [0, 1, 2, 3])
    #expect(ring.pop() == nil)
    #expect(ring.push(9))
    #expect(ring.pop() == 9)
  }

  @Test("objects are let go: dropped ones at once, left ones with the ring")
  func objectsAreLetGo() {
    final class Object: Sendable {}
    weak var dropped: Object?
    weak var left: Object?
    do {
      let ring = BoundedRing<Object>(capacity: 1)
      do {
        let first = Object()
        let second = Object()
        left = first
        dropped = second
        ring.push(first)
        ring.push(second)
      }
      #expect(dropped == nil)
      #expect(left != nil)
      withExtendedLifetime(ring) {}
    }
    #expect(left == nil)
  }

  @Test("between two threads nothing is lost, doubled or out of order")
  func twoThreads() {
    let ring = BoundedRing<[Int]>(capacity: 16)
    let count = 20_000
    let pusher = Thread {
      for number in 0..<count {
        while !ring.push([number, -number]) { sched_yield() }
      }
    }
    pusher.start()
    var expected = 0
    while expected < count {
      guard let element = ring.pop() else {
        sched_yield()
        continue
      }
      #expect(element == [expected, -expected])
      expected += 1
    }
    #expect(ring.pop() == nil)
  }

  @Test("a queue takes commands of many threads, each thread's in its order")
  func manySenders() {
    let queue = CommandQueue<(sender: Int, number: Int)>(capacity: 64)
    let senders = 4
    let count = 5_000
    for sender in 0..<senders {
      Thread {
        for number in 0..<count {
          while queue.send((sender, number)) == .full { sched_yield() }
        }
      }.start()
    }
    var next = [Int](repeating: 0, count: senders)
    while next.reduce(0, +) < senders * count {
      guard let command = queue.receive() else {
        sched_yield()
        continue
      }
      #expect(command.number == next[command.sender])
      next[command.sender] += 1
    }
    #expect(queue.receive() == nil)
  }

  @Test("a closed queue takes nothing more, and gives what it has")
  func closed() {
    let queue = CommandQueue<Int>(capacity: 2)
    #expect(queue.send(1) == .sent && queue.send(2) == .sent && queue.send(3) == .full)
    queue.close()
    #expect(queue.send(4) == .closed)
    #expect(queue.receive() == 1 && queue.send(5) == .closed)
    #expect(queue.receive() == 2 && queue.receive() == nil)
    #expect(queue.refusedCount == 1)
  }
}
