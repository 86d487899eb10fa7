import Hummingbird

extension BridgeAPI {
  /// `/v1/rooms/{room}/items`: what people share while they talk.
  var itemRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms/{room}/items", access: .person) { [self] _, context in
        APIResponse.json(PageDocument(items: try await directory.listItems(APIRequest.room(of: context))))
      },
      APIRoute(.post, "/v1/rooms/{room}/items", access: .person) { [self] request, context in
        var fields = try await fields(of: request)
        let content = try Self.content(&fields)
        let person = context.person
        let item = try await directory.share(
          content, in: APIRequest.room(of: context),
          from: SharedItem.Sender(session: person?.id, name: person?.name ?? "operator"))
        return APIResponse.json(item, status: .created)
      },
    ]
  }

  private enum Kind: String, CaseIterable {
    case chat, place, card
  }

  private static func content(_ fields: inout JSONFields) throws(Problem) -> SharedItem.Content {
    let kind = fields.choice("kind", Kind.self, required: true)
    var content: SharedItem.Content?
    switch kind {
    case .chat: content = text(&fields).map { .chat(text: $0) }
    case .card:
      let title = fields.label("title", longest: 100, required: true)
      let text = text(&fields)
      if let title, let text { content = .card(title: title, text: text) }
    case .place:
      let latitude = fields.number("latitude", -90...90, " degrees", required: true)
      let longitude = fields.number("longitude", -180...180, " degrees", required: true)
      let label = fields.label("label", longest: 200)
      if let latitude, let longitude {
        content = .place(latitude: latitude, longitude: longitude, label: label)
      }
    case nil: break
    }
    try fields.finish()
    guard let content else { throw Problem(.internalError, "A body without mistakes that is no item.") }
    return content
  }

  /// Letters and line breaks; nothing that a terminal or a log would obey.
  private static func text(_ fields: inout JSONFields) -> String? {
    fields.text("text", "1 to 4000 characters, none of them a control character but the line feed", required: true) {
      (1...4_000).contains($0.count) && $0.utf8.count <= 16_000
        && $0.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control }
    }
  }
}
