/// The packets of the shared mix, or of the lobby's, in one format, and how many hear them.
///
/// Part of a room; the encoder is there while somebody wants the format. It rests while all of them hear a mix of their
/// own, as in a room of three who all talk, and goes on from the own encoder of the first who comes back.
struct SharedStream: ~Copyable {
  var encoder: MixEncoder
  /// Members whose format this is, those with a mix of their own included.
  var members = 1
  /// Whether anybody heard it at the last tick, or is about to.
  var isHeard = true
  /// For how long it has encoded its mix without a rest, in samples: until that is 400 ms, a listener who comes from another
  /// stream could hear the change.
  var settledSamples = 0
  /// Whether they hear the lobby's mix, and not the room's.
  var isLobby = false
}
