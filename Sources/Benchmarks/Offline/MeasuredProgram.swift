import Foundation
import Synchronization

/// One program run to its end, with what it cost.
public struct MeasuredProgram: Codable, Sendable, Hashable {
  /// From start to end, seconds.
  public var wallSeconds: Double
  /// Of it and its children, in user and system mode, seconds.
  public var cpuSeconds: Double
  /// The most memory that the program itself, without its children, had at one time, MiB; nothing where it ended before it
  /// could be seen.
  public var peakMiB: Double?

  /// Why a program could not be measured.
  public enum Failure: Error, Sendable, CustomStringConvertible {
    /// It could not be started.
    case cannotStart(String, reason: String)
    /// It ended with another code than 0.
    case failed(String, status: Int32)

    /// One line for people.
    public var description: String {
      switch self {
      case .cannotStart(let program, let reason): "cannot start \(program): \(reason)"
      case .failed(let program, let status): "\(program) failed with status \(status)"
      }
    }
  }

  /// Runs a program, found by PATH, without input and output.
  public static func run(_ program: String, _ arguments: [String]) throws(Failure) -> MeasuredProgram {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let start = ContinuousClock.now
    let error = posix_spawnp(&process, program, &actions, nil, &words, environ)
    guard error == 0 else { throw .cannotStart(program, reason: String(cString: strerror(error))) }
    let memory = MemoryWatch(process)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    let took = (ContinuousClock.now - start).components
    guard status == 0 else { throw .failed(program, status: status) }
    return MeasuredProgram(
      wallSeconds: Double(took.seconds) + Double(took.attoseconds) * 1e-18,
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMiB: memory.stop())
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
  }
}

/// Looks at a process's peak memory from time to time while it runs.
///
/// `wait4` tells a peak too, but a child's begins with its parent's, and this parent holds the recordings.
private final class MemoryWatch: Sendable {
  private let peakKiB = Atomic(0)
  private let isStopped = Atomic(false)

  init(_ process: pid_t) {
    let thread = Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        if let seen = Self.peakKiB(of: process) { peakKiB.store(seen, ordering: .relaxed) }
        usleep(50_000)
      }
    }
    thread.start()
  }

  /// The highest value seen, MiB.
  func stop() -> Double? {
    isStopped.store(true, ordering: .relaxed)
    let seen = peakKiB.load(ordering: .relaxed)
    return seen == 0 ? nil : Double(seen) / 1024
  }

  private static func peakKiB(of process: pid_t) -> Int? {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.split(separator: " ").dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? "") }
  }
}
