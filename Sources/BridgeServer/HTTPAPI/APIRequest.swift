import Conference
import Foundation
import Hummingbird
import NIOCore

/// Reads what a request brings.
enum APIRequest {
  /// The body's fields. Whatever its `Content-Type` says, it is read as JSON.
  static func fields(of request: Request, limit: Int) async throws -> JSONFields {
    let buffer = try await body(of: request, limit: limit)
    let value: JSONValue
    do {
      value = try JSONValue(Data(buffer.readableBytesView))
    } catch {
      throw Problem(.malformedJSON, "The body must be a JSON object in UTF-8.")
    }
    guard case .object(let values) = value else {
      throw Problem(.malformedJSON, "The body must be a JSON object, not \(value.kind).")
    }
    return JSONFields(values)
  }

  /// The body's bytes.
  static func body(of request: Request, limit: Int) async throws -> ByteBuffer {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge(limit) }
    do {
      return try await request.body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw tooLarge(limit)
    }
  }

  private static func tooLarge(_ limit: Int) -> Problem {
    Problem(.bodyTooLarge, "The body has more than \(limit) bytes (limits.bodyBytes).")
  }

  /// The query's parameters by name; refuses those that are not known here.
  static func query(of request: Request, allowed: [String]) throws(Problem) -> [String: String] {
    var found: [String: String] = [:]
    for (name, value) in request.uri.queryParameters {
      guard allowed.contains(String(name)) else {
        let known = allowed.isEmpty ? "none is" : "allowed are \(allowed.joined(separator: ", "))"
        let shown = String(name.prefix(60))
        throw .invalid([FieldMistake(field: shown, detail: "the query's \(shown) is not known here (\(known))")])
      }
      found[String(name)] = String(value)
    }
    return found
  }

  /// Where a list begins and how long it may be.
  static func page(of request: Request) throws(Problem) -> (after: String?, limit: Int) {
    let query = try query(of: request, allowed: ["after", "limit"])
    guard let text = query["limit"] else { return (query["after"], 100) }
    guard let limit = Int(text), (1...1_000).contains(limit) else {
      throw .invalid([FieldMistake(field: "limit", detail: "the query's limit must be a whole number from 1 to 1000")])
    }
    return (query["after"], limit)
  }

  /// A member's number from the path.
  static func member(of context: APIContext) throws(Problem) -> MemberID {
    let text = context.parameters.get("member") ?? ""
    guard let id = MemberID(text: text) else {
      throw Problem(RoomError.memberUnknown(String(text.prefix(60))))
    }
    return id
  }

  /// A room's name from the path; one that no room can have is cut, since it comes back in the answer.
  static func room(of context: APIContext) -> String {
    String((context.parameters.get("room") ?? "").prefix(RoomName.longest + 1))
  }
}
