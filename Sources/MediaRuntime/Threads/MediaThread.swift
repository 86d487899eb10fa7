import CLinux
import Dispatch
import Glibc
import Synchronization

/// A thread for media: named, pinned and scheduled as told, running one body until that ends.
///
/// The body makes what it owns, and looks at its `StopSignal` each time around its loop. The thread must be stopped and
/// joined before the last reference to it goes.
public final class MediaThread: Sendable {
  /// How the system is to run it.
  public struct Settings: Sendable, Hashable {
    /// Seen in `top -H`; its first 15 bytes.
    public var name: String
    /// The only core to run on; `nil` for any.
    public var core: Int?
    /// `SCHED_FIFO` at 1 to 99, before all ordinary threads; `nil` for ordinary scheduling.
    public var realtimePriority: Int?
    /// Whether all memory of the process, now and later, is kept from being paged out.
    public var locksMemory = false

    /// An ordinary thread on any core.
    public init(name: String) {
      self.name = name
    }
  }

  /// What the system refused of the settings, in words: one line each, empty where all is as asked.
  public let refusals: [String]

  private let stopSignal: StopSignal
  private let handle: pthread_t
  private let isJoined = Atomic(false)

  private static let startedCount = Atomic(0)

  /// Starts a thread and waits until it is set up, before `body` is called on it.
  ///
  /// - Parameters:
  ///   - waker: called when the thread is to stop, to end its wait.
  ///   - body: the thread's work; it returns soon after the signal says to stop.
  public init(
    _ settings: Settings, waker: Waker? = nil, body: @escaping @Sendable (StopSignal) -> Void
  ) throws(MediaRuntimeError) {
    stopSignal = StopSignal(waker: waker)
    let number = Self.startedCount.add(1, ordering: .relaxed).newValue
    let start = ThreadStart(settings: settings, number: number, stopSignal: stopSignal, body: body)
    var handle = pthread_t()
    let argument = Unmanaged.passRetained(start)
    let code = pthread_create(&handle, nil, runMediaThread, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      throw .cannotStartThread(name: settings.name, code: code)
    }
    start.isSetUp.wait()
    self.handle = handle
    refusals = start.refusals.withLock(\.self)
  }

  deinit {
    precondition(isJoined.load(ordering: .relaxed), "a media thread is stopped and joined before it is let go")
  }

  /// Tells the thread to stop, from any thread; returns at once.
  public func requestStop() {
    stopSignal.request()
  }

  /// Waits until the thread has ended. Once, and not from itself.
  public func join() {
    precondition(!isJoined.exchange(true, ordering: .relaxed), "a media thread is joined once")
    pthread_join(handle, nil)
  }

  /// Which media thread the caller runs on, from 1 on; `nil` on any other thread. Costs a few nanoseconds.
  public static var currentNumber: Int? {
    let number = partyline_media_thread()
    return number == 0 ? nil : Int(number)
  }
}

/// Stops where the caller is on no media thread, or on another than the one numbered: the thread rule, at the door of what
/// belongs to one.
public func assertOnMediaThread(_ number: Int? = nil) {
  let current = MediaThread.currentNumber
  precondition(current != nil, "this belongs to a media thread")
  precondition(number == nil || number == current, "this belongs to another media thread")
}

/// Whether a thread is to stop: asked by it, set by any other.
public final class StopSignal: Sendable {
  private let isSet = Atomic(false)
  private let waker: Waker?

  fileprivate init(waker: Waker?) {
    self.waker = waker
  }

  /// Whether the thread is to stop. Costs next to nothing.
  public var isRequested: Bool { isSet.load(ordering: .acquiring) }

  fileprivate func request() {
    isSet.store(true, ordering: .releasing)
    waker?.wake()
  }
}

/// What a new thread finds when it starts.
private final class ThreadStart: Sendable {
  let settings: MediaThread.Settings
  let number: Int
  let stopSignal: StopSignal
  let body: @Sendable (StopSignal) -> Void
  let refusals = Mutex<[String]>([])
  let isSetUp = DispatchSemaphore(value: 0)

  init(
    settings: MediaThread.Settings, number: Int, stopSignal: StopSignal, body: @escaping @Sendable (StopSignal) -> Void
  ) {
    self.settings = settings
    self.number = number
    self.stopSignal = stopSignal
    self.body = body
  }

  func setUp() {
    partyline_set_media_thread(Int32(number))
    _ = partyline_name_thread(String(settings.name.utf8.prefix(15)) ?? "media")
    // Ordinary threads are woken up to 50 µs late, to save power.
    _ = partyline_set_timer_slack(1)
    if let core = settings.core {
      note(partyline_pin_to_core(Int32(clamping: core)), "not pinned to core \(core)")
    }
    if let priority = settings.realtimePriority {
      note(partyline_schedule_fifo(Int32(clamping: priority)), "no real-time priority \(priority)")
    }
    if settings.locksMemory {
      note(mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : errno, "memory not locked")
    }
    isSetUp.signal()
  }

  private func note(_ code: Int32, _ what: String) {
    guard code != 0 else { return }
    refusals.withLock { $0.append("\(settings.name): \(what): \(MediaRuntimeError.words(code))") }
  }
}

private func runMediaThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
  start.setUp()
  start.body(start.stopSignal)
  return nil
}
