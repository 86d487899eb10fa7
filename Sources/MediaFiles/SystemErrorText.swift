import Foundation

/// The system's error numbers in our words, with what to do where there is something to do.
enum SystemErrorText {
  /// Why a file to be read cannot be had.
  static func whileReading(_ number: Int32) -> String {
    switch number {
    case ENOENT: "no such file"
    case ENOTDIR: "a part of its path is no directory"
    case EACCES, EPERM: "permission denied"
    case ELOOP: "its symbolic links go round in a circle"
    case ENAMETOOLONG: "its name is too long"
    case EMFILE, ENFILE: "too many files are open: raise the limit (ulimit -n)"
    case EIO: "the disk reports an input/output error"
    default: systemWords(number)
    }
  }

  /// Why a file cannot be written.
  static func whileWriting(_ number: Int32) -> String {
    switch number {
    case ENOSPC: "the disk is full: free some space or choose another place"
    case EDQUOT: "your disk quota is used up: free some space or choose another place"
    case EFBIG: "the file would be larger than this file system or ulimit -f allows: choose another place"
    case EPIPE: "the program that reads it has gone"
    case EROFS: "the file system is read-only: choose another place"
    case ENOENT: "its directory does not exist: create it first"
    case ENOTDIR: "a part of its path is no directory"
    case EISDIR: "it is a directory: name a file"
    case EACCES, EPERM: "permission denied"
    case EIO: "the disk reports an input/output error"
    default: whileReading(number)
    }
  }

  private static func systemWords(_ number: Int32) -> String {
    guard let words = strerror(number) else { return "system error \(number)" }
    return String(cString: words).lowercased()
  }
}
