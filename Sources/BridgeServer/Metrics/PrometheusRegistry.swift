import CoreMetrics
import Synchronization

/// swift-metrics' other end: keeps counters, gauges and histograms, and writes them in Prometheus's text format 0.0.4.
///
/// One for the bridge; safe from any thread. A value costs a lock of its own for a few nanoseconds; making or forgetting a
/// series takes the registry's lock. Never used on a media thread.
package final class PrometheusRegistry: MetricsFactory {
  /// What is known of a metric before it has a value.
  package struct Description: Sendable {
    var help: String
    /// Upper bounds of a histogram's buckets, rising.
    var buckets: [Double]

    /// Without bounds, those for durations.
    package init(help: String, buckets: [Double] = PrometheusRegistry.secondsBuckets) {
      self.help = help
      self.buckets = buckets
    }
  }

  /// For durations of requests and the like, in seconds.
  package static let secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private enum Kind: String {
    case counter, gauge, histogram
  }

  private struct Family {
    let kind: Kind
    var series: [String: any PrometheusSeries] = [:]
  }

  private let descriptions: [String: Description]
  private let families: Mutex<[String: Family]>

  /// - Parameter descriptions: by metric's name.
  package init(descriptions: [String: Description] = [:]) {
    self.descriptions = descriptions
    families = Mutex([:])
  }

  /// All series, sorted by name and labels.
  package func render() -> String {
    let families = families.withLock { $0 }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
      if let help = descriptions[name]?.help { text += "# HELP \(name) \(PrometheusText.escapeHelp(help))\n" }
      text += "# TYPE \(name) \(family.kind.rawValue)\n"
      for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
        series.render(name: name, labels: labels, into: &text)
      }
    }
    return text
  }

  /// The series of a name and labels, made where it is new. A name that is in use for another kind gets a series that
  /// nobody sees: a bug of ours, but no reason to stop.
  private func series<Series: PrometheusSeries>(
    _ label: String, _ dimensions: [(String, String)], _ kind: Kind, make: () -> Series
  ) -> Series {
    let (name, labels) = (PrometheusText.name(label), PrometheusText.labels(dimensions))
    return families.withLock { families in
      var family = families[name] ?? Family(kind: kind)
      if let known = family.series[labels] as? Series, family.kind == kind { return known }
      let new = make()
      guard family.kind == kind else { return new }
      family.series[labels] = new
      families[name] = family
      return new
    }
  }

  /// Takes a series away.
  func forget(_ handler: AnyObject) {
    families.withLock { families in
      for (name, family) in families {
        for (labels, series) in family.series where series === handler { families[name]?.series[labels] = nil }
      }
    }
  }

  // MARK: swift-metrics

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, .counter) { PrometheusValue() }
  }

  package func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
    -> any FloatingPointCounterHandler
  {
    series(label, dimensions, .counter) { PrometheusValue() }
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, .gauge) { PrometheusValue() }
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    if aggregate { return histogram(label, dimensions) }
    return series(label, dimensions, .gauge) { PrometheusValue() }
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions)
  }

  /// A histogram whose values are counted elsewhere: swift-metrics has none that takes counts.
  func makeHistogram(label: String, dimensions: [(String, String)]) -> PrometheusHistogram {
    histogram(label, dimensions)
  }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
    let buckets = descriptions[PrometheusText.name(label)]?.buckets ?? Self.secondsBuckets
    return series(label, dimensions, .histogram) { PrometheusHistogram(bounds: buckets) }
  }

  package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
  package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
  package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
  package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}

/// One name with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
  /// Appends its lines.
  func render(name: String, labels: String, into text: inout String)
}

/// A counter or a gauge: one number.
final class PrometheusValue: PrometheusSeries, CounterHandler, FloatingPointCounterHandler, MeterHandler,
  RecorderHandler
{
  private let value = Mutex(0.0)

  func increment(by amount: Int64) { increment(by: Double(amount)) }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func set(_ new: Int64) { set(Double(new)) }
  func set(_ new: Double) { value.withLock { $0 = new } }
  func record(_ new: Int64) { set(Double(new)) }
  func record(_ new: Double) { set(new) }
  func reset() { set(0.0) }

  func render(name: String, labels: String, into text: inout String) {
    text += "\(name)\(PrometheusText.braced(labels)) \(PrometheusText.number(value.withLock { $0 }))\n"
  }
}

/// How many values were at most as high as each of some bounds. A timer's are in seconds.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
  private struct State {
    /// One for each bound, and one for what lies above all.
    var counts: [UInt64]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let state: Mutex<State>

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }

  /// Adds what was counted elsewhere: how many fell into each bucket alone, one more than there are bounds, and their sum.
  func add(_ counts: [UInt64], sum: Double) {
    precondition(counts.count == bounds.count + 1, "a histogram of \(bounds.count) bounds cannot take \(counts.count)")
    state.withLock { state in
      for (bucket, count) in counts.enumerated() { state.counts[bucket] += count }
      state.sum += sum
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

  func render(name: String, labels: String, into text: inout String) {
    let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
    let prefix = labels.isEmpty ? "" : labels + ","
    var total: UInt64 = 0
    for (index, count) in counts.enumerated() {
      total += count
      let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
      text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)\n"
    }
    text += "\(name)_sum\(PrometheusText.braced(labels)) \(PrometheusText.number(sum))\n"
    text += "\(name)_count\(PrometheusText.braced(labels)) \(total)\n"
  }
}

/// The letters of Prometheus's text format.
enum PrometheusText {
  /// A metric's name: letters, digits, `_` and `:`, no digit first.
  static func name(_ label: String) -> String {
    let letters = label.unicodeScalars.map { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == ":")
        ? Character(scalar) : "_"
    }
    return letters.first?.isNumber == true ? "_" + String(letters) : String(letters)
  }

  /// `room="a",member="1"`, in the order given.
  static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.map { "\(name($0.0).replacing(":", with: "_"))=\"\(escapeLabel($0.1))\"" }.joined(separator: ",")
  }

  /// Labels in braces; nothing where there are none.
  static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

  /// A number: whole ones without a point.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }

  static func escapeLabel(_ text: String) -> String {
    escapeHelp(text).replacing("\"", with: "\\\"")
  }

  static func escapeHelp(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }
}
