import RTC
import Conference
import MediaBase

/// What a replay is told besides the capture. A plain value.
public struct ReplayOptions: Sendable {
  /// What payload types mean, before anything that a description says.
  public var formats: [Int: PayloadFormat] = [:]
  /// Descriptions of the session, from a file.
  public var descriptions: [MediaDescription] = []
  /// The number of the RFC 6464 level among header extensions, 1 to 14; `nil` for what descriptions say.
  public var audioLevelExtension: Int?
  /// Where wanted streams go to; empty for anywhere.
  public var to: [AddressFilter] = []
  /// Where wanted streams come from; empty for anywhere.
  public var from: [AddressFilter] = []
  /// Who is mixed.
  public var talkers = RoomSettings.Talkers.all
  /// Channels of the mix.
  public var layout = ChannelLayout.mono

  /// The ordinary ones: everybody, mono, descriptions as the capture has them.
  public init() {}
}
