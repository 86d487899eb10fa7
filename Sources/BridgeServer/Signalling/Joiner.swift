/// Who joins over WebRTC, as the operator or an invitation says: an offer tells nothing of it.
struct Joiner: Sendable, Equatable {
  var name: String
  var role = MemberRole.participant
  var pin: String?
  var isMuted = false
  /// The session of a person who was invited, and whether they have shown the room's PIN.
  var session: String?
  var hasShownPIN = false

  /// A person, as their session says, who may wish to come muted. Whether they may come was asked before.
  init(_ person: Grant, query: [String: String]) throws(Problem) {
    var fields = JSONFields(query.mapValues { .text($0) })
    let isMuted = Self.isMuted(&fields)
    try fields.finish()
    self.init(name: person.name, role: person.role, isMuted: isMuted)
    session = person.id
    hasShownPIN = true
  }

  /// From the query of whoever has the operator's token.
  init(query: [String: String]) throws(Problem) {
    var fields = JSONFields(query.mapValues { .text($0) })
    let name = fields.label("name", longest: 100, required: true)
    let role = fields.choice("role", MemberRole.self)
    let isMuted = Self.isMuted(&fields)
    try fields.finish()
    self.init(name: name ?? "", role: role ?? .participant, isMuted: isMuted)
  }

  private static func isMuted(_ fields: inout JSONFields) -> Bool {
    fields.text("muted", "true or false") { Bool($0) != nil } == "true"
  }

  init(name: String, role: MemberRole = .participant, pin: String? = nil, isMuted: Bool = false) {
    self.name = name
    self.role = role
    self.pin = pin
    self.isMuted = isMuted
  }
}
