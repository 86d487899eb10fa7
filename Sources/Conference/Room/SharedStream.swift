/// The packets of the shared mix in one format, and how many hear them.
///
/// Part of a room; the encoder is there while somebody wants the format.
struct SharedStream: ~Copyable {
  var encoder: MixEncoder
  /// Members whose format this is, those with a mix of their own included.
  var members = 1
}
