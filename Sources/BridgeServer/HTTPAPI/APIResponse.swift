import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Makes answers.
enum APIResponse {
  /// JSON with a line's end, its fields sorted: the same answer is the same bytes.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok,
    headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
  ) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("an answer that is no JSON") }
    var buffer = ByteBuffer(bytes: data)
    buffer.writeString("\n")
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
  }

  /// 201 with where it is from now on.
  static func created(_ value: some Encodable, at location: String) -> Response {
    var response = json(value, status: .created)
    response.headers[.location] = location
    return response
  }

  /// Done, and nothing to say.
  static var noContent: Response { Response(status: .noContent) }

  /// Text of some type.
  static func text(_ text: String, type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
