import Conference
import Hummingbird
import MediaBase

extension BridgeAPI {
  /// `/v1/rooms/{room}/playback` and below: sounds played to everybody in a room.
  var playbackRoutes: [APIRoute] {
    [
      APIRoute(.get, "/v1/rooms/{room}/playback") { [self] _, context in
        let playbacks = try await directory.listPlaybacks(APIRequest.room(of: context))
        return APIResponse.json(PageDocument(items: playbacks, next: nil))
      },
      APIRoute(.post, "/v1/rooms/{room}/playback") { [self] request, context in
        let room = APIRequest.room(of: context)
        var fields = try await fields(of: request)
        let wish = try Self.playbackRequest(&fields)
        let playback = try await directory.play(wish, in: room)
        return APIResponse.created(playback, at: "/v1/rooms/\(room)/playback/\(playback.id)")
      },
      APIRoute(.delete, "/v1/rooms/{room}/playback/{playback}") { [self] _, context in
        let text = context.parameters.get("playback") ?? ""
        guard let id = PlaybackID(text: text) else {
          throw Problem(RoomError.playbackUnknown(String(text.prefix(60))))
        }
        try await directory.stopPlayback(APIRequest.room(of: context), id)
        return APIResponse.noContent
      },
    ]
  }

  private static func playbackRequest(_ fields: inout JSONFields) throws(Problem) -> PlaybackRequest {
    let file = fields.text(
      "file", "a file's path below sounds.directory, without . and ..", required: true, where: SoundLibrary.isName)
    let gain = fields.number("gain", -60...20, " dB")
    let loops = fields.flag("loop")
    try fields.finish()
    return PlaybackRequest(file: file ?? "", gain: gain.map { Decibels($0) } ?? .unity, loops: loops ?? false)
  }
}
