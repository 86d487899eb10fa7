import HTTPTypes
import Hummingbird
import NIOCore

extension BridgeAPI {
  /// The event streams.
  var eventRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/events") { [self] request, context in
        try stream(request, context, room: nil)
      },
      APIRoute(.get, "/v1/rooms/{room}/events", access: .person) { [self] request, context in
        let room = APIRequest.room(of: context)
        _ = try await directory.show(room)
        return try stream(request, context, room: room)
      },
    ]
  }

  private func stream(_ request: Request, _ context: APIContext, room: String?) throws(Problem) -> Response {
    let names = try Self.names(of: request)
    let channel = context.channel
    let subscription = hub.subscribe(
      EventHub.Filter(room: room, names: names, session: context.person?.id),
      after: request.headers[.lastEventID],
      onCutOff: {
        // A writer that waits for its reader wakes up only when the connection is gone.
        channel.close(promise: nil)
      })
    guard let subscription else {
      let limit = hub.readerLimit
      throw Problem(
        .limitReached, "There are \(limit) readers of events, as many as limits.eventReaders allows.",
        retryAfterSeconds: 5)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
      body: ResponseBody { writer in
        // The reader comes back after two seconds.
        let greeting = "retry: 2000\n\n" + subscription.replay.joined()
        try await writer.write(ByteBuffer(string: greeting))
        for await frame in subscription.frames { try await writer.write(ByteBuffer(string: frame)) }
        try await writer.finish(nil)
      })
  }

  private static func names(of request: Request) throws(Problem) -> Set<String>? {
    guard let types = try APIRequest.query(of: request, allowed: ["types"])["types"] else { return nil }
    let names = types.split(separator: ",").map(String.init)
    if names.isEmpty || !names.allSatisfy(EventKind.names.contains) {
      throw .invalid([
        FieldMistake(
          field: "types",
          detail: "the query's types must be some of \(EventKind.names.joined(separator: ", ")), with commas between")
      ])
    }
    return Set(names)
  }
}

extension HTTPField.Name {
  /// The last event that a reader of an event stream saw (WHATWG HTML, 9.2.4).
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
  /// Tells a proxy not to hold an event stream back.
  static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
