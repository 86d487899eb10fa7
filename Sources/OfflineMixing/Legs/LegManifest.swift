import Foundation
import MediaBase

/// A conference as a file: its title and its legs, in JSON.
///
/// `LegManifest.schema.json` beside this file is its description for editors and checkers (`partyline mix --schema` prints
/// it). Reading is strict: an unknown field is an error and not a wish ignored.
public struct LegManifest: Sendable, Equatable {
  /// The conference's title, if it has one.
  public var title: String?
  /// The legs, in order. Relative files are meant from the manifest's own folder.
  public var legs: [LegSpecification]

  /// The largest manifest that is read, in bytes.
  public static let longest = 16 << 20
  /// The most legs of one mix.
  public static let mostLegs = 10_000

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - data: the file's content.
  ///   - folder: where relative files are; nothing leaves them as they are.
  public init(_ data: Data, folder: String? = nil) throws(LegManifestError) {
    guard data.count <= Self.longest else { throw .tooLong(bytes: data.count) }
    let document: Any
    do {
      document = try JSONSerialization.jsonObject(with: data)
    } catch {
      throw .notJSON(Self.reason(error))
    }
    let fields = try Self.object(document, at: "the manifest", allowed: ["title", "legs", "$schema"])
    title = try Self.text(fields["title"], at: "title")
    guard let entries = fields["legs"] as? [Any] else { throw .wrongType(at: "legs", expected: "an array of legs") }
    guard entries.count <= Self.mostLegs else { throw .tooManyLegs(entries.count) }
    legs = []
    for (index, entry) in entries.enumerated() {
      legs.append(try Self.leg(entry, at: "legs[\(index)]", folder: folder))
    }
  }

  /// Reads a manifest's file; it may be a pipe.
  public init(contentsOf path: String) throws(LegManifestFileError) {
    let data = try Self.bytes(of: path)
    do throws(LegManifestError) {
      try self.init(data, folder: Self.folder(of: path))
    } catch {
      throw .bad(path: path, error)
    }
  }

  /// What is in the file: all of it, or more than a manifest may have, however long it is.
  private static func bytes(of path: String) throws(LegManifestFileError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .cannotRead(path: path, errno) }
    defer { close(descriptor) }
    var data = Data()
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    while data.count <= longest {
      let count = read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .cannotRead(path: path, errno) }
      if count == 0 { break }
      data.append(contentsOf: piece[..<count])
    }
    return data
  }

  /// The JSON Schema of a manifest.
  public static var schema: Data { Data(PackageResources.LegManifest_schema_json) }

  private static func leg(_ entry: Any, at place: String, folder: String?) throws(LegManifestError) -> LegSpecification
  {
    let allowed = ["file", "start", "gain", "pan", "name", "drift", "channel"]
    let fields = try object(entry, at: place, allowed: allowed)
    guard let file = try text(fields["file"], at: "\(place).file"), !file.isEmpty else {
      throw .wrongType(at: "\(place).file", expected: "the path of a recording")
    }
    guard !file.utf8.contains(0) else { throw .wrongType(at: "\(place).file", expected: "a path without a null byte") }
    var leg = LegSpecification(file: folder.map { resolve(file, from: $0) } ?? file)
    for key in allowed.dropFirst() {
      guard let value = fields[key], !(value is NSNull) else { continue }
      do {
        try leg.apply(key, try scalar(value, at: "\(place).\(key)"), leg: "\(place) (\(file))")
      } catch let error as LegSpecificationError {
        throw .badLeg(error)
      } catch let error as LegManifestError {
        throw error
      } catch {
        throw .wrongType(at: "\(place).\(key)", expected: "a number or a text")
      }
    }
    return leg
  }

  /// The folder that a path leads to; empty where it has none, `/` for a file at the root.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func resolve(_ file: String, from folder: String) -> String {
    if file.hasPrefix("/") || folder.isEmpty { return file }
    return folder.hasSuffix("/") ? folder + file : folder + "/" + file
  }

  private static func object(
    _ value: Any, at place: String, allowed: [String]
  ) throws(LegManifestError) -> [String: Any] {
    guard let fields = value as? [String: Any] else { throw .wrongType(at: place, expected: "an object in braces") }
    if let unknown = fields.keys.filter({ !allowed.contains($0) }).min() {
      throw .unknownField(unknown, at: place, allowed: allowed.filter { $0 != "$schema" })
    }
    return fields
  }

  private static func text(_ value: Any?, at place: String) throws(LegManifestError) -> String? {
    guard let value, !(value is NSNull) else { return nil }
    guard let text = value as? String else { throw .wrongType(at: place, expected: "a text") }
    return text
  }

  /// A number or a text, as text: both go through the same checks as on the command line.
  private static func scalar(_ value: Any, at place: String) throws(LegManifestError) -> String {
    if let text = value as? String { return text }
    guard let number = value as? NSNumber, isNumber(number) else {
      throw .wrongType(at: place, expected: "a number or a text")
    }
    return number.stringValue
  }

  /// `true` and `false` come as numbers too.
  private static func isNumber(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) != "c"
  }

  private static func reason(_ error: any Error) -> String {
    let details = (error as NSError).userInfo["NSDebugDescription"] as? String ?? error.localizedDescription
    return details.replacingOccurrences(of: "\n", with: " ")
  }
}

/// Why a manifest's file could not be used: one line that says what, where and what to do.
public enum LegManifestFileError: Error, Sendable, CustomStringConvertible {
  /// The file could not be read; the system's own words.
  case cannotRead(path: String, reason: String)
  /// The file is no good manifest.
  case bad(path: String, LegManifestError)

  /// With the system's error number.
  fileprivate static func cannotRead(path: String, _ number: Int32) -> Self {
    switch number {
    case ENOENT: .cannotRead(path: path, reason: "no such file")
    case EISDIR: .cannotRead(path: path, reason: "it is a directory")
    default: .cannotRead(path: path, reason: String(cString: strerror(number)).lowercased())
    }
  }

  /// One line for people.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "cannot read the manifest \(path): \(reason)"
    case .bad(let path, let error): "the manifest \(path) \(error.isAboutWhole ? "" : "is wrong: ")\(error)"
    }
  }
}

/// What is wrong with a manifest: one line that says what, where and what to do.
public enum LegManifestError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is no JSON; the reader's own words.
  case notJSON(String)
  /// It is larger than anything that is meant.
  case tooLong(bytes: Int)
  /// It lists more legs than a mix can have.
  case tooManyLegs(Int)
  /// A field is not what it should be.
  case wrongType(at: String, expected: String)
  /// A field that does not exist.
  case unknownField(String, at: String, allowed: [String])
  /// A leg's setting is wrong.
  case badLeg(LegSpecificationError)

  /// Whether its text speaks of the manifest as a whole.
  var isAboutWhole: Bool {
    switch self {
    case .notJSON, .tooLong, .tooManyLegs: true
    case .wrongType, .unknownField, .badLeg: false
    }
  }

  /// One line for people.
  public var description: String {
    switch self {
    case .notJSON(let reason): "is not JSON: \(reason)"
    case .tooLong: "is too long; a manifest has at most \(LegManifest.longest) bytes"
    case .tooManyLegs(let count): "lists \(count) legs; a mix has at most \(LegManifest.mostLegs)"
    case .wrongType(let place, let expected): "\(place) must be \(expected)"
    case .unknownField(let field, let place, let allowed):
      "\(place) has a field '\(field)' that does not exist; there are \(allowed.joined(separator: ", "))"
    case .badLeg(let error): error.description
    }
  }
}
