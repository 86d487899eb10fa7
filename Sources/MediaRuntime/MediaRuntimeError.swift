import Glibc
import MediaBase

/// What the system refused to the runtime, with its error number; `description` says it in words.
public enum MediaRuntimeError: Error, Hashable, Sendable {
  /// No socket could be made.
  case cannotOpenSocket(code: Int32)
  /// The address is not ours, or somebody has the port.
  case cannotBind(TransportAddress, code: Int32)
  /// Kernel arrival times or another option that a socket needs.
  case cannotSetUp(TransportAddress, code: Int32)
  /// No epoll or eventfd could be made.
  case cannotOpenPoller(code: Int32)
  /// A socket could not be watched.
  case cannotWatch(TransportAddress, code: Int32)
  /// A thread could not be started.
  case cannotStartThread(name: String, code: Int32)
  /// No certificate for WebRTC peers could be made: OpenSSL's reason.
  case cannotMakeCertificate(String)
}

extension MediaRuntimeError: CustomStringConvertible {
  /// One line: what could not be done, and the system's reason.
  public var description: String {
    switch self {
    case .cannotOpenSocket(let code): "cannot open a UDP socket: \(Self.words(code))"
    case .cannotBind(let address, let code): "cannot bind UDP \(address): \(Self.words(code))"
    case .cannotSetUp(let address, let code): "cannot set up the UDP socket of \(address): \(Self.words(code))"
    case .cannotOpenPoller(let code): "cannot wait for sockets: \(Self.words(code))"
    case .cannotWatch(let address, let code): "cannot watch the UDP socket of \(address): \(Self.words(code))"
    case .cannotMakeCertificate(let reason): "cannot make a certificate for WebRTC: \(reason)"
    case .cannotStartThread(let name, let code): "cannot start the thread \(name): \(Self.words(code))"
    }
  }

  static func words(_ code: Int32) -> String {
    guard let words = strerror(code) else { return "system error \(code)" }
    return String(cString: words).lowercased()
  }
}
