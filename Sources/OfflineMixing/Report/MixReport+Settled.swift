extension MixReport {
  /// The report as it leaves the program: every number finite, and rounded to what it is worth.
  ///
  /// JSON has no infinity. A measure that is not finite (the loudness of silence) is left out; a level of an envelope that
  /// is not, or lies under it, becomes -120 dBFS, digital silence; any other number becomes 0. Times are kept to the
  /// millisecond, measures to 0.01 dB, envelopes to 0.1 dB: finer digits say nothing and are most of a file's size.
  /// Settling twice changes nothing more.
  public func settled() -> MixReport {
    var report = self
    report.mix = mix.settled()
    report.legs = legs.map { $0.settled() }
    report.overlaps = overlaps.map { Overlap(interval: $0.interval.settled(), legs: $0.legs) }
    report.talk = Talk(
      silenceSeconds: milliseconds(talk.silenceSeconds), singleSeconds: milliseconds(talk.singleSeconds),
      overlapSeconds: milliseconds(talk.overlapSeconds))
    return report
  }
}

extension MixReport.Interval {
  fileprivate func settled() -> Self { Self(start: milliseconds(start), end: milliseconds(end)) }
}

extension MixReport.Envelope {
  fileprivate func settled() -> Self {
    Self(
      secondsPerBin: finite(secondsPerBin), peakdBFS: peakdBFS.map(envelopeLevel), rmsdBFS: rmsdBFS.map(envelopeLevel))
  }
}

extension MixReport.Loudness {
  fileprivate func settled() -> Self {
    Self(
      integratedLUFS: measure(integratedLUFS), rangeLU: measure(rangeLU), truePeakdBTP: measure(truePeakdBTP),
      samplePeakdBFS: measure(samplePeakdBFS))
  }
}

extension MixReport.Limiter {
  fileprivate func settled() -> Self {
    Self(
      thresholddBTP: hundredths(thresholddBTP), activeSeconds: milliseconds(activeSeconds),
      deepestReductiondB: hundredths(deepestReductiondB), secondsPerBin: finite(secondsPerBin),
      reductiondB: reductiondB.map(hundredths))
  }
}

extension MixReport.Mix {
  fileprivate func settled() -> Self {
    var mix = self
    mix.seconds = milliseconds(seconds)
    mix.loudness = loudness.settled()
    mix.envelope = envelope.settled()
    mix.targetLUFS = measure(targetLUFS)
    mix.normalizationGaindB = hundredths(normalizationGaindB)
    mix.limiter = limiter.settled()
    return mix
  }
}

extension MixReport.Leg {
  fileprivate func settled() -> Self {
    var leg = self
    leg.interval = interval.settled()
    leg.gaindB = hundredths(gaindB)
    leg.pan = pan.flatMap { $0.isFinite ? rounded($0, to: 1000) : nil }
    leg.driftPPM = rounded(finite(driftPPM), to: 1000)
    leg.loudness = loudness.settled()
    leg.envelope = envelope.settled()
    leg.speech = speech.map { $0.settled() }
    leg.speechSeconds = milliseconds(speechSeconds)
    leg.damage = damage.map { MixReport.Damage(second: milliseconds($0.second), detail: $0.detail) }
    return leg
  }
}

private func finite(_ value: Double) -> Double { value.isFinite ? value : 0 }

/// `value` to the nearest part of `parts`; what is too large to have such parts stays as it is. Never the negative zero.
private func rounded(_ value: Double, to parts: Double) -> Double {
  abs(value) < 1e12 ? (value * parts).rounded() / parts + 0 : value
}

private func milliseconds(_ seconds: Double) -> Double { rounded(finite(seconds), to: 1000) }

private func hundredths(_ decibels: Double) -> Double { rounded(finite(decibels), to: 100) }

private func measure(_ decibels: Double?) -> Double? {
  decibels.flatMap { $0.isFinite ? rounded($0, to: 100) : nil }
}

private func envelopeLevel(_ decibels: Double) -> Double {
  decibels.isFinite ? rounded(max(decibels, -120), to: 10) : -120
}
