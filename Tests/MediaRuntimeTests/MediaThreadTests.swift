import Foundation
import MediaRuntime
import Synchronization
import Testing

@Suite("Media threads")
struct MediaThreadTests {
  @Test("a thread runs until it is told to stop, even out of a wait without end")
  func startAndStop() throws {
    let waker = try Waker()
    let rounds = Atomic(0)
    let thread = try MediaThread(.init(name: "test"), waker: waker) { stop in
      guard var poller = try? Poller(waker: waker) else { return }
      while !stop.isRequested {
        poller.wait(until: nil)
        rounds.add(1, ordering: .relaxed)
      }
    }
    thread.requestStop()
    thread.join()
    #expect(rounds.load(ordering: .relaxed) <= 1)
    #expect(thread.refusals.isEmpty)
  }

  @Test("each knows its own number; other threads have none")
  func numbers() throws {
    #expect(MediaThread.currentNumber == nil)
    let seen = Mutex<[Int]>([])
    for _ in 0..<2 {
      let thread = try MediaThread(.init(name: "test")) { _ in
        assertOnMediaThread()
        assertOnMediaThread(MediaThread.currentNumber)
        seen.withLock { $0.append(MediaThread.currentNumber ?? 0) }
      }
      thread.join()
    }
    let numbers = seen.withLock(\.self)
    #expect(numbers.count == 2 && numbers[0] > 0 && numbers[1] > 0 && numbers[0] != numbers[1])
  }

  @Test("what the system refuses is told in words, and the thread runs all the same")
  func refusals() throws {
    var settings = MediaThread.Settings(name: "media-with-a-long-name")
    settings.core = 1_023
    settings.realtimePriority = 1_000
    let hasRun = Atomic(false)
    let thread = try MediaThread(settings) { _ in hasRun.store(true, ordering: .relaxed) }
    thread.join()
    #expect(
      thread.refusals == [
        "media-with-a-long-name: not pinned to core 1023: invalid argument",
        "media-with-a-long-name: no real-time priority 1000: invalid argument",
      ])
    #expect(hasRun.load(ordering: .relaxed) == true)
  }

  @Test("a pinned thread has its name and its core")
  func nameAndCore() throws {
    let core = 0
    var settings = MediaThread.Settings(name: "media-0")
    settings.core = core
    let status = Mutex("")
    let thread = try MediaThread(settings) { _ in
      let text = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      status.withLock { $0 = text ?? "" }
    }
    thread.join()
    let lines = status.withLock { $0.split(separator: "\n").map(String.init) }
    #expect(lines.contains("Name:\tmedia-0"))
    if thread.refusals.isEmpty { #expect(lines.contains("Cpus_allowed_list:\t\(core)")) }
  }

  @Test("a thread's CPU time grows with its work")
  func cpuTime() {
    let start = ThreadCPUTime.nanoseconds
    while ThreadCPUTime.nanoseconds == start {}
    #expect(ThreadCPUTime.nanoseconds > start)
  }
}
