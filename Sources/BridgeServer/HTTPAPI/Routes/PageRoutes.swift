import HTTPTypes
import Hummingbird
import NIOCore

extension BridgeAPI {
  /// The page that people join from, for anyone: who may come in is told by the link that they opened.
  var pageRoutes: [APIRoute] {
    [
      APIRoute(.get, "/", access: .anyone) { request, _ in Self.answer(request, with: .index) },
      APIRoute(.get, "/page/{file}", access: .anyone) { request, context in
        guard let file = context.parameters.get("file").flatMap({ PageFile.parts[$0] }) else {
          throw Problem(.notFound, "The page has no such file.")
        }
        return Self.answer(request, with: file)
      },
    ]
  }

  private static func answer(_ request: Request, with file: PageFile) -> Response {
    var headers: HTTPFields = [
      .contentType: file.kind.rawValue, .cacheControl: "no-cache", .eTag: file.entityTag,
      .xContentTypeOptions: "nosniff", .contentSecurityPolicy: contentSecurityPolicy,
    ]
    headers[.referrerPolicy] = "no-referrer"
    headers[.permissionsPolicy] =
      "microphone=(self), geolocation=(self), speaker-selection=(self), screen-wake-lock=(self), camera=()"
    headers[.crossOriginOpenerPolicy] = "same-origin"
    headers[.crossOriginResourcePolicy] = "same-origin"
    if request.headers[.ifNoneMatch] == file.entityTag { return Response(status: .notModified, headers: headers) }
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
  }

  /// Nothing but the page's own files, and its own API; nothing written into the page runs.
  private static let contentSecurityPolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
    "media-src 'self' blob:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")
}

extension HTTPField.Name {
  /// How much of its address a page tells to others (W3C Referrer Policy).
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  /// What a page may ask the browser for (W3C Permissions Policy).
  static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
  /// Whether pages of others keep a hand on ours (HTML, 7.1.3).
  static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  /// Who may show what we serve (Fetch, 3.8).
  static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
