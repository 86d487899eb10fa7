import Foundation
import Hummingbird
import Logging
import Synchronization

/// The HTTP API: its routes over the directory of rooms and the event hub.
///
/// One for the bridge; safe from any thread. Holds no state but the settings that a reload may change.
package final class BridgeAPI: Sendable {
  let directory: RoomDirectory
  let hub: EventHub
  package let tokens: AccessTokens
  package let signer: TokenSigner
  let registry: PrometheusRegistry
  let metrics: BridgeMetrics
  let clock: any BridgeClock
  private let settings: Mutex<BridgeConfiguration>

  init(
    directory: RoomDirectory, hub: EventHub, tokens: AccessTokens, signer: TokenSigner, registry: PrometheusRegistry,
    metrics: BridgeMetrics, clock: any BridgeClock, configuration: BridgeConfiguration
  ) {
    self.directory = directory
    self.hub = hub
    self.tokens = tokens
    self.signer = signer
    self.registry = registry
    self.metrics = metrics
    self.clock = clock
    settings = Mutex(configuration)
  }

  /// As it holds now; a reload sets it.
  package var configuration: BridgeConfiguration {
    get { settings.withLock { $0 } }
    set { settings.withLock { $0 = newValue } }
  }

  /// Every route, one resource after another.
  package var routes: [APIRoute] {
    roomRoutes + memberRoutes + peerRoutes + groupRoutes + playbackRoutes + recordingRoutes + eventRoutes
      + serviceRoutes + invitationRoutes + itemRoutes + pageRoutes
  }

  /// The routes behind token, problems and measuring.
  package func makeRouter() -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    let routes = routes
    router.add(middleware: RequestLogMiddleware(metrics: metrics, clock: clock))
    if !configuration.http.certificate.isEmpty { router.add(middleware: TransportSecurityMiddleware()) }
    router.add(middleware: ProblemMiddleware(routes: routes))
    router.add(middleware: TokenMiddleware(api: self, openRoutes: routes.filter { $0.access == .anyone }))
    for route in routes {
      router.on(RouterPath(route.path), method: route.method) { [self] request, context in
        guard route.access.allows(context.principal, in: context.parameters.get("room")) else {
          throw Problem(.forbidden, "Your token does not allow that.")
        }
        if let person = context.person { try await directory.checkAdmission(person) }
        return try await route.respond(request, context)
      }
    }
    return router
  }

  /// A body's fields within the limit that holds now.
  func fields(of request: Request) async throws -> JSONFields {
    try await APIRequest.fields(of: request, limit: configuration.limits.bodyBytes)
  }
}
