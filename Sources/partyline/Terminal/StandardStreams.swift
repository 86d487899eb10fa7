import Foundation

/// The three streams that a program is started with, which may be closed, full or let go by whoever started it.
enum StandardStreams {
  /// Called once, before anything is opened.
  ///
  /// A closed stream's number would go to the next file that is opened, and words meant for people would end in a recording:
  /// it is taken by a stream that fails. A reader that goes away makes a write fail, and does not end the program.
  static func secure() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest number that is free is this one. It is opened for the direction that nobody uses.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes to standard error. Where that fails there is nobody left to be told.
  static func writeToStandardError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
