import CALSA
import MediaBase

/// How a device was set up: what it takes of what we would like.
///
/// Made once for each `Card` by asking ALSA; a value.
struct Form {
  var channels: Int
  var periodFrames: Int
  var bufferFrames: Int
  var isFloat: Bool

  private static let wantedPeriodFrames = 480
  private static let wantedPeriods = 4

  /// Sets a PCM that was just opened up, and makes it ready.
  init(settingUp pcm: OpaquePointer, device: String, layout: ChannelLayout) throws(CardError) {
    func check(_ code: Int32, _ what: String) throws(CardError) {
      guard code >= 0 else { throw .unsupported(device: device, what, code: code) }
    }
    var parameters: OpaquePointer?
    try check(snd_pcm_hw_params_malloc(&parameters), "any form of sound")
    defer { snd_pcm_hw_params_free(parameters) }
    try check(snd_pcm_hw_params_any(pcm, parameters), "any form of sound")
    try check(
      snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED), "interleaved channels")
    isFloat = snd_pcm_hw_params_set_format(pcm, parameters, SND_PCM_FORMAT_FLOAT_LE) == 0
    if !isFloat { try check(snd_pcm_hw_params_set_format(pcm, parameters, SND_PCM_FORMAT_S16_LE), "16 bits or float") }
    let offers = [layout.count, 3 - layout.count]
    guard
      let channels = offers.first(where: { snd_pcm_hw_params_set_channels(pcm, parameters, UInt32($0)) == 0 })
    else { throw .unsupported(device: device, "one or two channels", code: -22) }
    self.channels = channels
    try check(snd_pcm_hw_params_set_rate(pcm, parameters, UInt32(AudioRate.samplesPerSecond), 0), "48 kHz")
    var period = snd_pcm_uframes_t(Self.wantedPeriodFrames)
    var direction: Int32 = 0
    try check(snd_pcm_hw_params_set_period_size_near(pcm, parameters, &period, &direction), "short periods")
    var buffer = period * snd_pcm_uframes_t(Self.wantedPeriods)
    try check(snd_pcm_hw_params_set_buffer_size_near(pcm, parameters, &buffer), "a short buffer")
    try check(snd_pcm_hw_params(pcm, parameters), "what it offers")
    // A device may round either of them.
    snd_pcm_hw_params_get_period_size(parameters, &period, &direction)
    snd_pcm_hw_params_get_buffer_size(parameters, &buffer)
    periodFrames = Int(period)
    bufferFrames = Int(buffer)
    guard (1...48_000).contains(periodFrames), (periodFrames...480_000).contains(bufferFrames) else {
      throw .unsupported(device: device, "a buffer for calls", code: -22)
    }
  }
}
