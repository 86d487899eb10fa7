import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Counts each request, and tells it to the log at level debug: method, route and status, never a body or a token.
struct RequestLogMiddleware: RouterMiddleware {
  let metrics: BridgeMetrics
  let clock: any BridgeClock

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let start = clock.monotonic
    let response = try await next(request, context)
    let route = context.endpointPath ?? "none"
    // A method may be any word: only the known ones become labels.
    let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
    metrics.recordRequest(
      method: method, route: route, status: response.status.code, duration: clock.monotonic - start)
    context.logger.debug(
      "request", metadata: ["method": "\(method)", "route": "\(route)", "status": "\(response.status.code)"])
    return response
  }

  private static let methods: Set<HTTPRequest.Method> = [.get, .post, .put, .patch, .delete, .head, .options]
}

/// Turns whatever is thrown into a problem document.
struct ProblemMiddleware: RouterMiddleware {
  let routes: [APIRoute]

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return problem.response
    } catch let error as RoomError {
      return Problem(error).response
    } catch let error as HTTPError where error.status == .notFound {
      return missing(request).response
    } catch let error as any HTTPResponseError where error.status.kind == .clientError {
      return Problem(.invalidRequest, "The request cannot be used: \(error.status.reasonPhrase).").response
    } catch {
      if error is CancellationError || error is ChannelError { throw error }
      context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
      return Problem(.internalError, "The bridge failed; its log says more.").response
    }
  }

  /// No such path; or a path, but not for this method.
  private func missing(_ request: Request) -> Problem {
    let methods = Set(routes.filter { $0.fits(request.uri.path) }.map(\.method.rawValue)).sorted()
    guard !methods.isEmpty else {
      return Problem(.notFound, "The API is described at /v1/openapi.json.")
    }
    var problem = Problem(.methodNotAllowed, "Allowed here: \(methods.joined(separator: ", ")).")
    problem.allowedMethods = methods
    return problem
  }
}

/// Finds out who asks, and lets nobody in without a token but to the routes that are open. Whether they may is the
/// route's own question.
struct TokenMiddleware: RouterMiddleware {
  let api: BridgeAPI
  let openRoutes: [APIRoute]

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    if openRoutes.contains(where: { $0.method == request.method && $0.fits(request.uri.path) }) {
      return try await next(request, context)
    }
    var context = context
    if let token = AccessTokens.bearer(of: request.headers[.authorization]),
      let reading = api.signer.read(token, at: api.clock.wall), reading != .forged
    {
      context.principal = try Self.principal(reading)
      // Who is in the room is who they are there now, whatever their link said.
      if let person = context.person { context.principal = .session(await api.directory.current(person)) }
      return try await next(request, context)
    }
    switch api.tokens.judge(request.headers[.authorization], at: api.clock.monotonic) {
    case .right:
      context.principal = .operator
      return try await next(request, context)
    case .missing:
      throw Problem(.unauthorized, "Send the header Authorization: Bearer TOKEN.")
    case .wrong:
      context.logger.notice("wrong token", metadata: ["from": "\(context.channel.remoteAddress?.ipAddress ?? "?")"])
      throw Problem(.unauthorized, "The token is not one of this bridge's.")
    case .tooOften:
      throw Problem(.tooManyWrongTokens, "Too many wrong tokens: slow down.", retryAfterSeconds: 1)
    }
  }

  private static func principal(_ reading: TokenSigner.Reading) throws(Problem) -> Principal {
    switch reading {
    case .valid(.invitation, let grant): return .invitation(grant)
    case .valid(.session, let grant): return .session(grant)
    case .revoked(.session): throw Problem(.sessionRevoked, "The session was ended: you were taken out of the room.")
    case .revoked(.invitation):
      throw Problem(.invitationRevoked, "The invitation was taken back: ask for another link.")
    case .expired: throw Problem(.unauthorized, "The invitation or session has expired: ask for another link.")
    case .forged: throw Problem(.unauthorized, "The token is not one of this bridge's.")
    }
  }
}
