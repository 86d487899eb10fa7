import Hummingbird

extension BridgeAPI {
  /// What is about the bridge itself.
  var serviceRoutes: [APIRoute] {
    [
      APIRoute(.get, "/healthz", access: .anyone) { _, _ in
        APIResponse.json(["status": "ok"])
      },
      APIRoute(.get, "/metrics", access: configuration.http.isMetricsOpen ? .anyone : .operatorOnly) { [self] _, _ in
        APIResponse.text(registry.render(), type: "text/plain; version=0.0.4; charset=utf-8")
      },
      APIRoute(.get, "/v1/openapi.json") { _, _ in
        APIResponse.text(Self.openAPI, type: "application/json")
      },
    ]
  }

  /// The OpenAPI 3.1 document, as it stands beside the routes.
  package static let openAPI = String(decoding: PackageResources.OpenAPI_json, as: UTF8.self)
}
