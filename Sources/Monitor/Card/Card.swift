import CALSA
import Glibc
import MediaBase
import MediaRuntime

/// A PCM device of ALSA, open for one direction at 48 kHz: it owns the library's handle.
///
/// One or two channels, float or 16 bits, as the device takes them; periods of about 10 ms in a buffer of about four. What
/// is missed or comes too late (an xrun) is recovered and counted. Made, used and let go on one thread; a call waits for the
/// card, at most 200 ms at a time and two seconds in all.
///
/// **Devices without a clock.** ALSA's `null` and `file` plugins take and give sound at once. Who swallows or fills a whole
/// buffer in less than half its time is no card: `hasClock` says so, and the caller is to keep time (`OwnPace`).
final class Card {
  /// ALSA's name of it.
  let device: String
  let direction: CardError.Direction
  /// Channels of the device.
  let channels: Int
  let periodFrames: Int
  let bufferFrames: Int
  /// Whether it takes or gives sound in its time.
  private(set) var hasClock = true
  /// How often its buffer ran dry or over.
  private(set) var xruns = 0

  private let pcm: OpaquePointer
  private let isFloat: Bool
  /// Sound in the device's form.
  private let bytes: UnsafeMutableRawPointer
  private let bytesFrames: Int

  private static let waitMilliseconds: Int32 = 200
  private static let mostWaits = 10

  /// Opens it and starts its clock. A device that has not the channels of `layout` gets what it has.
  init(_ device: String, for direction: CardError.Direction, layout: ChannelLayout) throws(CardError) {
    partyline_alsa_keep_quiet()
    var opened: OpaquePointer?
    let stream = direction == .playback ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE
    let code = snd_pcm_open(&opened, device, stream, Int32(SND_PCM_NONBLOCK))
    guard code == 0, let opened else { throw .cannotOpen(device: device, direction, code: code) }
    let form: Form
    do throws(CardError) {
      form = try Form(settingUp: opened, device: device, layout: layout)
    } catch {
      snd_pcm_close(opened)
      throw error
    }
    pcm = opened
    self.device = device
    self.direction = direction
    (channels, periodFrames, bufferFrames, isFloat) = (
      form.channels, form.periodFrames, form.bufferFrames, form.isFloat
    )
    bytesFrames = max(form.bufferFrames, 4_800)
    bytes = .allocate(byteCount: bytesFrames * form.channels * 4, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: bytesFrames * form.channels * 4)
    try begin()
    try findClock()
  }

  deinit {
    snd_pcm_drop(pcm)
    snd_pcm_close(pcm)
    bytes.deallocate()
  }

  // MARK: Sound

  /// Gives it frames of `layout`, and waits until it has room for them.
  func play(_ samples: Span<Float>, layout: ChannelLayout) throws(CardError) {
    let frames = samples.count / layout.count
    precondition(frames <= bytesFrames, "too much at once")
    CardSamples.convert(samples, layout, to: bytes, channels: channels, isFloat: isFloat)
    try move(frames)
  }

  /// Takes frames of `layout` from it, and waits until they are there.
  func record(_ samples: inout MutableSpan<Float>, layout: ChannelLayout) throws(CardError) {
    let frames = samples.count / layout.count
    precondition(frames <= bytesFrames, "too much at once")
    try move(frames)
    CardSamples.convert(bytes, channels: channels, isFloat: isFloat, to: &samples, layout)
  }

  /// Moves so many frames between `bytes` and the device.
  private func move(_ frames: Int) throws(CardError) {
    var done = 0
    var waits = 0
    while done < frames {
      let place = bytes + done * channels * (isFloat ? 4 : 2)
      let rest = snd_pcm_uframes_t(frames - done)
      let moved = direction == .playback ? snd_pcm_writei(pcm, place, rest) : snd_pcm_readi(pcm, place, rest)
      if moved > 0 {
        done += Int(moved)
        waits = 0
      } else if moved == 0 || moved == -Int(EAGAIN) {
        waits += 1
        guard waits <= Self.mostWaits else { throw .failed(device: device, direction, code: -ETIMEDOUT) }
        let ready = snd_pcm_wait(pcm, Self.waitMilliseconds)
        if ready < 0 { try recover(ready) }
      } else {
        try recover(Int32(clamping: moved))
      }
    }
  }

  // MARK: State

  /// From an xrun or a suspended machine; anything else is a failure.
  private func recover(_ code: Int32) throws(CardError) {
    let isXrun = code == -EPIPE
    guard isXrun || code == -ESTRPIPE || code == -EINTR else { throw .failed(device: device, direction, code: code) }
    let recovered = snd_pcm_recover(pcm, code, 1)
    guard recovered == 0 else { throw .failed(device: device, direction, code: recovered) }
    if isXrun { xruns += 1 }
    try begin()
  }

  /// Starts the clock: for playback with silence in the buffer, but for one period.
  private func begin() throws(CardError) {
    if direction == .capture {
      guard snd_pcm_state(pcm) != SND_PCM_STATE_RUNNING else { return }
      let started = snd_pcm_start(pcm)
      guard started == 0 else { throw .failed(device: device, direction, code: started) }
      return
    }
    guard snd_pcm_state(pcm) != SND_PCM_STATE_RUNNING else { return }
    try playSilence()
  }

  private func playSilence() throws(CardError) {
    let frames = bufferFrames - periodFrames
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: frames * channels * 4)
    let written = snd_pcm_writei(pcm, bytes, snd_pcm_uframes_t(frames))
    guard written >= 0 || written == -Int(EAGAIN) else {
      throw .failed(device: device, direction, code: Int32(clamping: written))
    }
  }

  /// Looks whether what the buffer held, or holds, came in less than half its time.
  private func findClock() throws(CardError) {
    for _ in 0..<5 {
      let start = MonotonicClock.now
      let (moved, expected) = try probe()
      let elapsed = MonotonicClock.now.nanoseconds(since: start) * Int64(AudioRate.samplesPerSecond) / 1_000_000_000
      if moved < expected { return }
      if elapsed < Int64(expected) / 2 {
        hasClock = false
        return
      }
      // We were held up: look again.
    }
  }

  /// How much a whole buffer's worth has moved just after it was begun, and how much that would be at most.
  private func probe() throws(CardError) -> (moved: Int, expected: Int) {
    if direction == .capture {
      snd_pcm_drop(pcm)
      snd_pcm_prepare(pcm)
      try begin()
      return (Int(snd_pcm_avail_update(pcm)), bufferFrames)
    }
    snd_pcm_drop(pcm)
    snd_pcm_prepare(pcm)
    try playSilence()
    return (Int(snd_pcm_avail_update(pcm)), bufferFrames)
  }
}
