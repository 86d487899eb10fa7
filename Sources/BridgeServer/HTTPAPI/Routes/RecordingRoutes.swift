import Hummingbird
import Recording

extension BridgeAPI {
  /// `/v1/rooms/{room}/recording`.
  var recordingRoutes: [APIRoute] {
    [
      APIRoute(.post, "/v1/rooms/{room}/recording", access: .host) { [self] request, context in
        var fields = try await fields(of: request)
        let content = Self.content(&fields)
        try fields.finish()
        let room = APIRequest.room(of: context)
        let recording = try await directory.startRecording(room, content)
        return APIResponse.created(recording, at: "/v1/rooms/\(room)/recording")
      },
      APIRoute(.get, "/v1/rooms/{room}/recording", access: .host) { [self] _, context in
        APIResponse.json(try await directory.showRecording(APIRequest.room(of: context)))
      },
      APIRoute(.delete, "/v1/rooms/{room}/recording", access: .host) { [self] _, context in
        APIResponse.json(try await directory.stopRecording(APIRequest.room(of: context)))
      },
    ]
  }

  /// Whether a new room is to be recorded from its start, with all that there is.
  static func recordingWish(_ fields: inout JSONFields) -> RecordingContent? {
    fields.flag("record") == true ? RecordingContent() : nil
  }

  /// Everything but what is declined; something has to be left.
  private static func content(_ fields: inout JSONFields) -> RecordingContent {
    let content = RecordingContent(
      mix: fields.flag("mix") ?? true, legs: fields.flag("legs") ?? true, packets: fields.flag("packets") ?? true)
    if !content.mix && !content.legs && !content.packets { fields.complain("mix", "nothing is left to record") }
    return content
  }
}
