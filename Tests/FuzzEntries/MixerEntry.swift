import MediaBase
import Mixing

/// Runs a room by the bytes: members join, leave, change, whisper, and send frames of any floats there are.
///
/// The first byte: layout and frame length. Then steps: a byte whose lowest three bits tell what to do and whose others
/// tell with whom.
func feedMixer(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  var room = FuzzedRoom(kind: script.byte())
  // A frame costs more than a byte of script: inputs stay short by being cut here.
  var frames = 0
  while !script.isAtEnd, frames < 40 {
    let step = script.byte()
    let who = Int(step >> 3) % FuzzedRoom.capacity
    switch step & 7 {
    case 0: room.join(script.byte(), script.byte())
    case 1: room.leave(who)
    case 2: room.change(who, script.byte(), script.byte())
    case 3: room.whisper(from: who, to: Int(script.byte()) % FuzzedRoom.capacity, script.byte())
    case 4, 5: room.speak(who, isStereo: step & 7 == 5, kind: script.byte(), value: Float(bitPattern: script.word()))
    default:
      room.finishFrame()
      frames += 1
    }
  }
  room.finishFrame()
  room.fallSilent()
}

/// A mixer with what must hold of it: whatever goes in, no mix passes full scale or holds what is no number, and nothing
/// lingers.
private struct FuzzedRoom: ~Copyable {
  static let capacity = 6

  private var mixer: Mixer
  private var members: [Mixer.Member?] = Array(repeating: nil, count: capacity)
  private var hasSpoken = Set<Int>()

  init(kind: UInt8) {
    let layout: ChannelLayout = kind & 1 == 0 ? .mono : .stereo
    let frame = FrameDuration.allCases[Int(kind >> 1) % FrameDuration.allCases.count]
    mixer = Mixer(capacity: Self.capacity, layout: layout, frame: frame, levels: 4)
    mixer.beginFrame()
  }

  mutating func join(_ gain: UInt8, _ place: UInt8) {
    do throws(MixerError) {
      let member = try mixer.join(settings(gain, place))
      precondition(members[member.index] == nil, "a place was given twice")
      members[member.index] = member
    } catch {
      precondition(error == .full(capacity: Self.capacity) && !members.contains(nil), "\(error)")
    }
  }

  mutating func leave(_ who: Int) {
    // At the frame's edge: the bridge applies changes there.
    guard let member = members[who], hasSpoken.isEmpty else { return }
    mixer.leave(member)
    members[who] = nil
  }

  mutating func change(_ who: Int, _ gain: UInt8, _ place: UInt8) {
    guard let member = members[who] else { return }
    mixer.set(settings(gain, place), for: member)
  }

  mutating func whisper(from source: Int, to listener: Int, _ level: UInt8) {
    guard let source = members[source], let listener = members[listener] else { return }
    do throws(MixerError) {
      try mixer.setLevel(decibels(level), of: source, heardBy: listener)
    } catch {
      precondition(error == .tooManyLevels(capacity: 4) || (error == .ownVoice && source == listener), "\(error)")
    }
  }

  mutating func speak(_ who: Int, isStereo: Bool, kind: UInt8, value: Float) {
    guard let member = members[who], hasSpoken.insert(who).inserted else { return }
    let layout: ChannelLayout = isStereo ? .stereo : .mono
    var voice = [Float](repeating: 0, count: mixer.frame.samples * layout.count)
    let period = Int(kind >> 2) + 1
    for index in voice.indices {
      switch kind & 3 {
      case 0: voice[index] = value
      case 1: voice[index] = index % period == 0 ? value : 0
      case 2: voice[index] = index / period % 2 == 0 ? value : -value
      default: voice[index] = value * Float(index % period) / Float(period)
      }
    }
    mixer.contribute(voice.span, layout: layout, from: member)
  }

  /// Renders every mix, none of which may have a sample beyond `highest`, and begins the next frame.
  mutating func finishFrame(highest: Float = 1) {
    let mix = SampleBuffer(count: mixer.samplesPerFrame)
    for case let member? in members {
      _ = mixer.hasOwnMix(member)
      var span = mix.mutableSpan
      mixer.renderMix(for: member, into: &span)
      Self.check(mix.span, highest)
    }
    var span = mix.mutableSpan
    mixer.renderSharedMix(into: &span)
    Self.check(mix.span, highest)
    hasSpoken = []
    mixer.beginFrame()
  }

  /// Frames without a voice: once the limiters' delay is over, there is nothing but silence.
  mutating func fallSilent() {
    for _ in 0...mixer.latencySamples / mixer.frame.samples { finishFrame() }
    finishFrame(highest: 0)
  }

  private static func check(_ mix: Span<Float>, _ highest: Float) {
    for index in mix.indices {
      precondition(abs(mix[index]) <= highest, "\(mix[index]) in a mix that may have \(highest)")
    }
  }

  private func settings(_ gain: UInt8, _ place: UInt8) -> MemberSettings {
    MemberSettings(gain: decibels(gain), isMuted: place & 1 == 1, pan: Pan(Double(place >> 1) / 32 - 2))
  }

  private func decibels(_ byte: UInt8) -> Decibels {
    switch byte {
    case 0: .unity
    case 255: .silence
    case 254: Decibels(.infinity)
    case 253: Decibels(.nan)
    default: Decibels(Double(byte) - 150)
    }
  }
}
