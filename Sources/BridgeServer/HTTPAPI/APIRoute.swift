import HTTPTypes
import Hummingbird

/// One operation of the API: what the router is made of, and what the OpenAPI document is held against.
package struct APIRoute: Sendable {
  package let method: HTTPRequest.Method
  /// With names in braces, as OpenAPI writes it.
  package let path: String
  /// Who may use it.
  package let access: RouteAccess
  let respond: @Sendable (Request, APIContext) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String, access: RouteAccess = .operatorOnly,
    respond: @escaping @Sendable (Request, APIContext) async throws -> Response
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.respond = respond
  }

  /// Whether a request's path is of this form.
  func fits(_ requestPath: String) -> Bool {
    let (ours, theirs) = (path.split(separator: "/"), requestPath.split(separator: "/"))
    return ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
  }
}
