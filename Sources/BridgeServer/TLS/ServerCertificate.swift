import Foundation
import NIOSSL
import Synchronization

/// The certificate and key that the HTTP API shows, as PEM files that somebody renews while the bridge runs.
///
/// One for the bridge; safe from any thread. Connections that begin after a renewal are shown the new pair; a new pair that
/// cannot be used leaves the old one.
package final class ServerCertificate: Sendable {
  private struct Pair {
    var chain: [NIOSSLCertificateSource]
    var key: NIOSSLPrivateKeySource
    /// When the files were written that they were read from.
    var written: [Date?]
  }

  private let paths: (certificate: String, key: String)
  private let pair: Mutex<Pair>

  /// Reads a pair.
  package init(certificate: String, key: String) throws(CertificateError) {
    paths = (certificate, key)
    pair = Mutex(try Self.read(certificate, key))
  }

  /// What a server begins with.
  var configuration: TLSConfiguration {
    let first = pair.withLock { $0 }
    var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: first.chain, privateKey: first.key)
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    configuration.sslContextCallback = { [self] _, promise in
      var current = NIOSSLContextConfigurationOverride()
      (current.certificateChain, current.privateKey) = pair.withLock { ($0.chain, $0.key) }
      promise.succeed(current)
    }
    return configuration
  }

  /// Reads the files again.
  package func renew() throws(CertificateError) {
    let new: Pair
    do throws(CertificateError) {
      new = try Self.read(paths.certificate, paths.key)
    } catch {
      // Said once, and not until one of the files is written again.
      let written = Self.written(paths.certificate, paths.key)
      pair.withLock { $0.written = written }
      throw error
    }
    pair.withLock { $0 = new }
  }

  /// Reads the files again if one of them was written since; gives back whether it was.
  package func renewIfWritten() throws(CertificateError) -> Bool {
    let written = Self.written(paths.certificate, paths.key)
    guard pair.withLock({ $0.written != written }) else { return false }
    try renew()
    return true
  }

  private static func written(_ paths: String...) -> [Date?] {
    paths.map { path in
      let target = URL(filePath: path).resolvingSymlinksInPath().path
      return (try? FileManager.default.attributesOfItem(atPath: target))?[.modificationDate] as? Date
    }
  }

  private static func read(_ certificate: String, _ key: String) throws(CertificateError) -> Pair {
    // Looked at first: what is written while it is read is read again.
    let written = written(certificate, key)
    guard let chain = try? NIOSSLCertificate.fromPEMBytes(try bytes(of: certificate)), !chain.isEmpty else {
      throw .noCertificate(path: certificate)
    }
    guard let secret = try? NIOSSLPrivateKey(bytes: try bytes(of: key), format: .pem) else { throw .noKey(path: key) }
    let pair = Pair(chain: chain.map { .certificate($0) }, key: .privateKey(secret), written: written)
    let trial = TLSConfiguration.makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key)
    guard (try? NIOSSLContext(configuration: trial)) != nil else {
      throw .notOnePair(certificate: certificate, key: key)
    }
    return pair
  }

  private static func bytes(of path: String) throws(CertificateError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw .unreadable(path: path)
    }
    return [UInt8](data)
  }
}

/// Why a certificate cannot be used. Holds nothing of the key.
public enum CertificateError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String)
  case noCertificate(path: String)
  case noKey(path: String)
  case notOnePair(certificate: String, key: String)

  /// One line for people.
  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read \(path)"
    case .noCertificate(let path): "the file \(path) (http.certificate) holds no certificate in PEM that can be read"
    case .noKey(let path): "the file \(path) (http.key) holds no unencrypted private key in PEM that can be read"
    case .notOnePair(let certificate, let key): "the key in \(key) is not that of the certificate in \(certificate)"
    }
  }
}
