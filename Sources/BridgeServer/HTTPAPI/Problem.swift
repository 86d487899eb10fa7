import Conference
import Foundation
import HTTPTypes
import Hummingbird

/// Why a request was refused, as RFC 9457 writes it.
struct Problem: Error, Sendable, Equatable {
  var code: ProblemCode
  /// About this request, for people. Holds no secret.
  var detail: String
  /// Where fields were wrong: each.
  var errors: [FieldMistake] = []
  /// After how many seconds it is worth trying again.
  var retryAfterSeconds: Int?
  /// For 405: what is allowed instead.
  var allowedMethods: [String] = []

  init(_ code: ProblemCode, _ detail: String, retryAfterSeconds: Int? = nil) {
    self.code = code
    self.detail = detail
    self.retryAfterSeconds = retryAfterSeconds
  }

  /// Fields that are wrong.
  static func invalid(_ mistakes: [FieldMistake]) -> Problem {
    var problem = Problem(.invalidRequest, mistakes.map(\.detail).joined(separator: "; "))
    problem.errors = mistakes
    return problem
  }

  /// The answer to send.
  var response: Response {
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    if code == .unauthorized || code == .tooManyWrongTokens { headers[.wwwAuthenticate] = "Bearer realm=\"partyline\"" }
    if !allowedMethods.isEmpty { headers[.allow] = allowedMethods.joined(separator: ", ") }
    return APIResponse.json(
      ProblemDocument(
        type: "urn:partyline:problem:\(code.rawValue)", title: code.title, status: code.status.code,
        code: code.rawValue, detail: detail, errors: errors.isEmpty ? nil : errors),
      status: code.status, headers: headers)
  }
}

/// One field that is wrong.
struct FieldMistake: Encodable, Sendable, Equatable {
  /// Its path in the body, such as `rtp.port`; a query parameter's name.
  var field: String
  /// What is wrong and what is allowed.
  var detail: String
}

/// What stands in the body.
private struct ProblemDocument: Encodable {
  var type: String
  var title: String
  var status: Int
  var code: String
  var detail: String
  var errors: [FieldMistake]?
}

/// Every kind of refusal. The words are part of the API and never change.
package enum ProblemCode: String, CaseIterable, Sendable {
  case malformedJSON = "malformed-json"
  case invalidRequest = "invalid-request"
  case unauthorized
  case tooManyWrongTokens = "too-many-wrong-tokens"
  case wrongPIN = "wrong-pin"
  case tooManyWrongPINs = "too-many-wrong-pins"
  case pinNeeded = "pin-needed"
  case forbidden
  case sessionRevoked = "session-revoked"
  case invitationRevoked = "invitation-revoked"
  case notFound = "not-found"
  case roomNotFound = "room-not-found"
  case memberNotFound = "member-not-found"
  case groupNotFound = "group-not-found"
  case methodNotAllowed = "method-not-allowed"
  case roomExists = "room-exists"
  case roomFull = "room-full"
  case roomLocked = "room-locked"
  case roomClosed = "room-closed"
  case addressInUse = "address-in-use"
  case tooManyLevels = "too-many-levels"
  case tooManyItems = "too-many-items"
  case tooOften = "too-often"
  case recordingExists = "recording-exists"
  case recordingNotFound = "recording-not-found"
  case recordingUnavailable = "recording-unavailable"
  case noTelephoneEvents = "no-telephone-events"
  case tooManyDigits = "too-many-digits"
  case soundsOff = "sounds-off"
  case soundNotFound = "sound-not-found"
  case soundUnusable = "sound-unusable"
  case tooManySounds = "too-many-sounds"
  case playbackNotFound = "playback-not-found"
  case bodyTooLarge = "body-too-large"
  case unsupportedMediaType = "unsupported-media-type"
  case offerMalformed = "offer-malformed"
  case offerUnusable = "offer-unusable"
  case sessionChanged = "session-changed"
  case conditionMissing = "condition-missing"
  case unsupported
  case overloaded
  case limitReached = "limit-reached"
  case shuttingDown = "shutting-down"
  case systemFailure = "system-failure"
  case internalError = "internal-error"

  /// The HTTP status that goes with it.
  var status: HTTPResponse.Status {
    switch self {
    case .malformedJSON, .invalidRequest, .offerMalformed: .badRequest
    case .unauthorized: .unauthorized
    case .wrongPIN, .pinNeeded, .forbidden, .sessionRevoked, .invitationRevoked: .forbidden
    case .notFound, .roomNotFound, .memberNotFound, .groupNotFound: .notFound
    case .recordingNotFound, .soundNotFound, .playbackNotFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .roomExists, .roomFull, .roomLocked, .roomClosed, .addressInUse, .tooManyLevels, .tooManyItems:
      .conflict
    case .recordingExists, .recordingUnavailable, .noTelephoneEvents, .tooManyDigits: .conflict
    case .soundsOff, .tooManySounds: .conflict
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .sessionChanged: .preconditionFailed
    case .conditionMissing: .preconditionRequired
    case .unsupported, .soundUnusable, .offerUnusable: .unprocessableContent
    case .tooManyWrongTokens, .tooManyWrongPINs, .tooOften: .tooManyRequests
    case .overloaded, .limitReached, .shuttingDown, .systemFailure: .serviceUnavailable
    case .internalError: .internalServerError
    }
  }

  /// The same for every request of this kind.
  var title: String {
    switch self {
    case .malformedJSON: "The body is no JSON object"
    case .invalidRequest: "A field is wrong"
    case .unauthorized: "A bearer token is needed"
    case .tooManyWrongTokens: "Too many wrong tokens"
    case .wrongPIN: "The PIN is wrong"
    case .tooManyWrongPINs: "Too many wrong PINs"
    case .pinNeeded: "A PIN is needed"
    case .forbidden: "That is not allowed"
    case .sessionRevoked: "The session was ended"
    case .invitationRevoked: "The invitation was taken back"
    case .notFound: "There is nothing here"
    case .roomNotFound: "There is no such room"
    case .memberNotFound: "There is no such member"
    case .groupNotFound: "There is no such group"
    case .methodNotAllowed: "That cannot be done here"
    case .roomExists: "The room's name is taken"
    case .roomFull: "The room is full"
    case .roomLocked: "The room is locked"
    case .roomClosed: "The room was closed"
    case .addressInUse: "Another leg is at that address"
    case .tooManyLevels: "Too many levels"
    case .tooManyItems: "Too much has been shared"
    case .tooOften: "Too much at once"
    case .recordingExists: "The room is being recorded"
    case .recordingNotFound: "The room has not been recorded"
    case .recordingUnavailable: "The bridge does not record"
    case .noTelephoneEvents: "The leg takes no telephone events"
    case .tooManyDigits: "Too many digits wait"
    case .soundsOff: "There is no folder of sounds"
    case .soundNotFound: "There is no such sound"
    case .soundUnusable: "The sound cannot be played"
    case .tooManySounds: "Too many sounds play"
    case .playbackNotFound: "Nothing plays under that id"
    case .bodyTooLarge: "The body is too large"
    case .unsupportedMediaType: "The body has another type"
    case .offerMalformed: "The session description cannot be read"
    case .offerUnusable: "The offer cannot be answered"
    case .sessionChanged: "The ICE session is another one"
    case .conditionMissing: "If-Match is missing"
    case .unsupported: "The bridge cannot do that"
    case .overloaded: "The bridge is overloaded"
    case .limitReached: "The bridge has as many as it may"
    case .shuttingDown: "The bridge is shutting down"
    case .systemFailure: "The system refused"
    case .internalError: "The bridge failed"
    }
  }
}

extension Problem {
  /// What the directory's refusal means to a caller.
  init(_ error: RoomError) {
    switch error {
    case .roomUnknown(let name): self.init(.roomNotFound, "There is no room '\(name)'.")
    case .roomExists(let name): self.init(.roomExists, "There is a room '\(name)' already: choose another name.")
    case .roomFull(let capacity): self.init(.roomFull, "The room has its \(capacity) members.")
    case .roomLocked: self.init(.roomLocked, "The room is locked: only hosts may join.")
    case .roomClosed(let name): self.init(.roomClosed, "The room '\(name)' was closed meanwhile.")
    case .memberUnknown(let id): self.init(.memberNotFound, "There is no member '\(id)' in the room.")
    case .groupUnknown(let name): self.init(.groupNotFound, "There is no group '\(name)' in the room.")
    case .pinWrong: self.init(.wrongPIN, "The room asks for a PIN: it is missing or wrong.")
    case .pinNeeded: self.init(.pinNeeded, "The room asks for a PIN.")
    case .tooManyTries(let seconds):
      self.init(
        .tooManyWrongPINs, "Too many wrong PINs: try again in \(seconds) s.", retryAfterSeconds: seconds)
    case .tooManyItems(let limit):
      self.init(.tooManyItems, "\(limit) things have been shared in the room: no more fit.")
    case .sharedTooOften:
      self.init(.tooOften, "So much at once nobody reads: wait a second.", retryAfterSeconds: 1)
    case .tooManyRooms(let limit): self.init(.limitReached, "There are \(limit) rooms, as many as limits.rooms allows.")
    case .tooManyMembers(let limit):
      self.init(.limitReached, "There are \(limit) members, as many as limits.members allows.")
    case .tooManyLevels(let limit):
      self.init(.tooManyLevels, "That needs more level pairs than the room's levelCapacity, \(limit).")
    case .recordingExists(let name): self.init(.recordingExists, "The room '\(name)' is being recorded already.")
    case .recordingUnknown(let name): self.init(.recordingNotFound, "The room '\(name)' has not been recorded.")
    case .recordingOff:
      self.init(.recordingUnavailable, "The bridge has no folder for recordings: set recordings.folder.")
    case .noTelephoneEvents(let id):
      self.init(
        .noTelephoneEvents,
        "Member '\(id)' joined without rtp.telephoneEventPayloadType: their leg cannot be sent digits.")
    case .tooManyDigits(let limit):
      self.init(.tooManyDigits, "At most \(limit) digits may wait for one leg: send them when some have been sent.")
    case .tooManySounds(let limit):
      self.init(.tooManySounds, "At most \(limit) sounds play in a room at one time: stop one, or wait for its end.")
    case .playbackUnknown(let id): self.init(.playbackNotFound, "Nothing plays in the room under the id '\(id)'.")
    case .sound(let error): self.init(error)
    case .addressInUse(let address): self.init(.addressInUse, "Another member's leg is at \(address).")
    case .overloaded(let shedding):
      self.init(
        .overloaded, "The media thread cannot take one more without harm to others (shedding: \(shedding.name)).",
        retryAfterSeconds: 5)
    case .unsupported(let words): self.init(.unsupported, words)
    case .system(let words): self.init(.systemFailure, words, retryAfterSeconds: 5)
    case .shuttingDown: self.init(.shuttingDown, "The bridge is shutting down.")
    }
  }
}

extension Problem {
  /// Why a sound is not played.
  init(_ error: SoundError) {
    switch error {
    case .off:
      self.init(.soundsOff, "Sounds come from the folder sounds.directory, which is not set.")
    case .missing(let name):
      self.init(.soundNotFound, "There is no file '\(name.prefix(200))' in sounds.directory that can be read.")
    case .unusable(let name, let reason):
      self.init(.soundUnusable, "The file '\(name.prefix(200))' cannot be played: \(reason).")
    case .tooMuch(let megabytes):
      self.init(
        .limitReached, "All sounds together may take \(megabytes) MiB (sounds.megabytes): wait for one to end.",
        retryAfterSeconds: 5)
    }
  }
}
