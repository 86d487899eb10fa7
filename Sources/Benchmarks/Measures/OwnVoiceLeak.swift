import MediaBase

/// How much of their own voice listeners get back, against that voice: energies that add up over listeners.
///
/// Two questions are told apart, since only the first has an exact answer.
/// - **Caused**: the bridge mixes the same frames twice, the second time with the listener silent. What differs in their mix
///   is there because they spoke. An exact mix-minus gives no difference at all.
/// - **Found**: the part of the voice that a least-squares fit finds in what is left of the mix once the ideal one is taken
///   away. Distortion resembles the voice a little by chance, so the answer is an upper bound: the coefficient and twice its
///   standard error, in 20 ms clusters (Liang and Zeger, Biometrika 73, 1986), for within a frame samples are not
///   independent. Without leak it falls with the distortion and with the length of the speech.
public struct OwnVoiceLeak: Sendable {
  private var ownEnergy = 0.0
  private var causedEnergy = 0.0
  private var foundProduct = 0.0
  private var clusterProducts = 0.0

  /// No listener yet.
  public init() {}

  /// Adds one listener.
  ///
  /// - Parameters:
  ///   - own: what they said.
  ///   - mix: what they heard.
  ///   - silenced: what they would have heard had they said nothing.
  ///   - rest: `mix` without the ideal mix, as `Distortion` returns it; it may end earlier.
  public mutating func add(own: [Float], mix: [Float], silenced: [Float], rest: [Float]) {
    ownEnergy += energy(of: own)
    causedEnergy += zip(mix, silenced).reduce(0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }
    for start in stride(from: 0, to: rest.count, by: MixFrame.samples) {
      var product = 0.0
      for at in start..<min(start + MixFrame.samples, rest.count) { product += Double(rest[at]) * Double(own[at]) }
      foundProduct += product
      clusterProducts += product * product
    }
  }

  /// What the voice causes in its owner's mix; nothing where it changes not a single sample.
  public var caused: Decibels? {
    causedEnergy > 0 && ownEnergy > 0 ? Decibels(power: causedEnergy / ownEnergy) : nil
  }

  /// What is found of the voice in its owner's mix, at most (95 %); nothing where nothing is left to search in.
  public var foundAtMost: Decibels? {
    guard ownEnergy > 0, clusterProducts > 0 else { return nil }
    return Decibels(linear: (abs(foundProduct) + 2 * clusterProducts.squareRoot()) / ownEnergy)
  }
}
