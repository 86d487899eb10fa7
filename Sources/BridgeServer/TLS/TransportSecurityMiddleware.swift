import HTTPTypes
import Hummingbird

/// Tells browsers to come by TLS from now on (RFC 6797): for a year, as long as a certificate is renewed.
struct TransportSecurityMiddleware: RouterMiddleware {
  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.strictTransportSecurity] = "max-age=31536000"
    return response
  }
}
