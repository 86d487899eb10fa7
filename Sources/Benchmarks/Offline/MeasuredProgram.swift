import Foundation

/// One program run to its end, with what it cost.
public struct MeasuredProgram: Codable, Sendable, Hashable {
  /// From start to end, seconds.
  public var wallSeconds: Double
  /// Of it and its children, in user and system mode, seconds.
  public var cpuSeconds: Double
  /// The most memory that it had at one time, MiB.
  public var peakMiB: Double

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
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    let took = (ContinuousClock.now - start).components
    guard status == 0 else { throw .failed(program, status: status) }
    return MeasuredProgram(
      wallSeconds: Double(took.seconds) + Double(took.attoseconds) * 1e-18,
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMiB: Double(usage.ru_maxrss) / 1024)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
  }
}
