import Foundation
import OfflineMixing
import Testing

@Suite("The report of a mix")
struct ReportTests {
  // MARK: JSON

  @Test func jsonDecodesToTheSettledReport() throws {
    let report = try sample()
    let decoded = try JSONDecoder().decode(MixReport.self, from: Data(report.json()))
    #expect(try decoded.json() == report.json())
    #expect(decoded.legs.map(\.name) == ["alice", "陈晓明"])
    #expect(decoded.legs[0].speech == report.legs[0].speech)
    #expect(decoded.legs[0].loudness.integratedLUFS == -14.25)
    #expect(decoded.overlaps == report.overlaps)
    #expect(decoded.outputs[1].leg == 1)
  }

  @Test func settlingTwiceChangesNothingMore() throws {
    var report = try sample()
    report.mix.seconds = 1.0 / 3
    report.legs[0].envelope.rmsdBFS = [-23.456, -0.04, -0.06]
    let once = report.settled()
    #expect(once.mix.seconds == 0.333)
    #expect(once.legs[0].envelope.rmsdBFS == [-23.5, 0, -0.1])
    #expect(try once.settled().json() == once.json())
  }

  @Test func jsonIsSortedReadableAndKeepsAnEnvelopeOnOneLine() throws {
    let text = String(decoding: try sample().json(), as: UTF8.self)
    #expect(text.hasPrefix("{\n  \"legs\" : ["))
    #expect(text.hasSuffix("}\n"))
    #expect(text.contains("\"rmsdBFS\" : [-20,-21.5,-120]"))
    #expect(text.contains("out/mix.opus"))
  }

  @Test func bracketsAndQuotesInNamesAreNotTakenForLists() throws {
    var report = try sample()
    let name = "a \"[1, 2]\" \\ [ 3,\n4 ] \\\\\" [5 , 6]"
    report.legs[0].name = name
    let decoded = try JSONDecoder().decode(MixReport.self, from: Data(report.json()))
    #expect(decoded.legs[0].name == name)
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, .greatestFiniteMagnitude])
  func numbersThatJSONCannotHoldAreLeftOutOrMadeSilence(_ odd: Double) throws {
    var report = try sample()
    report.mix.seconds = odd
    report.mix.loudness = try loudness(odd)
    report.mix.targetLUFS = odd
    report.mix.normalizationGaindB = odd
    report.mix.envelope.secondsPerBin = odd
    report.mix.limiter.deepestReductiondB = odd
    report.mix.limiter.reductiondB = [odd]
    report.talk.silenceSeconds = odd
    report.overlaps[0].interval.end = odd
    report.legs[0].envelope.peakdBFS = [odd, -12]
    report.legs[0].gaindB = odd
    report.legs[0].pan = odd
    report.legs[0].driftPPM = odd
    report.legs[0].speech[0].end = odd
    report.legs[0].damage = [try damage(at: odd)]
    let decoded = try JSONDecoder().decode(MixReport.self, from: Data(report.json()))
    if !odd.isFinite {
      #expect(decoded.mix.loudness.integratedLUFS == nil)
      #expect(decoded.legs[0].pan == nil)
      #expect(decoded.legs[0].envelope.peakdBFS == [-120, -12])
      #expect(decoded.mix.limiter.reductiondB == [0])
    }
    #expect(try !report.html().isEmpty)
  }

  // MARK: HTML

  @Test func htmlHoldsExactlyTheReport() throws {
    let report = try sample()
    let page = try Page(report)
    #expect(try page.report.json() == report.json())
  }

  @Test func theSameReportGivesTheSameBytes() throws {
    #expect(try sample().html() == sample().html())
    #expect(try sample().json() == sample().json())
  }

  @Test func thePageForbidsItselfTheNetworkAndAsksForNothing() throws {
    let page = try Page(sample())
    #expect(page.text.contains(#"http-equiv="Content-Security-Policy" content="default-src 'none';"#))
    let addresses = ["http://", "https://", "src=", "@import", "url("]
    for address in addresses + ["innerHTML", "insertAdjacentHTML", "document.write"] {
      #expect(!page.text.contains(address), "\(address)")
    }
  }

  @Test(arguments: [
    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "</SCRIPT >", "<img src=x onerror=alert(1)>",
    "</title></noscript><b>", "a & b", "\u{2028}\u{2029}", "\u{0}\u{1}\u{7f}", "\"'`${x}", "\\u003c", "<!--report-->",
    "\u{202E}evil", "陈晓明 👩‍👩‍👧", String(repeating: "long ", count: 2_000), "",
  ])
  func noNameBreaksOutOfItsPlace(_ name: String) throws {
    var report = try sample()
    report.title = name
    report.legs[0].name = name
    report.legs[0].file = name
    report.legs[0].damage = [try damage(at: 1, detail: name)]
    report.warnings = [name]
    report.outputs[0].file = name
    let page = try Page(report)
    let plain = try Page(sample())

    #expect(page.report.title == name)
    #expect(page.report.legs[0].name == name)
    #expect(page.report.warnings == [name])
    let embedded = page.embedded.unicodeScalars
    #expect(!embedded.contains { ["<", ">", "&", "\u{2028}", "\u{2029}"].contains($0) })
    // The page has the elements that it has for harmless names, and no other.
    for tag in ["<script", "</script", "<title", "</title", "<noscript", "</noscript", "<img", "<b>", "<!--"] {
      #expect(page.count(tag) == plain.count(tag), "\(tag)")
    }
  }

  @Test func readersWithoutScriptsGetTheEssentials() throws {
    var report = try sample()
    report.warnings = ["bob.wav is cut <short>"]
    let page = try Page(report)
    let essentials = try #require(page.between("<noscript>", "</noscript>"))
    for text in [
      "<h1>Weekly call</h1>", "3:04 long, 2 legs, \u{2212}18.2 LUFS", "true peak \u{2212}1.0 dBTP", "alice", "1:01",
      "\u{2212}14.3", "陈晓明", "\u{2013}", "bob.wav is cut &lt;short&gt;",
    ] {
      #expect(essentials.contains(text), "\(text)")
    }
    #expect(page.between("<title>", "</title>") == "Weekly call")
  }

  @Test func aMixOfNothingStillHasAPage() throws {
    var report = try sample()
    report.legs = []
    report.overlaps = []
    report.mix.seconds = 0
    report.title = ""
    let page = try Page(report)
    #expect(page.report.legs.isEmpty)
    #expect(page.between("<title>", "</title>") == "Untitled mix")
  }

  @Test func aThousandLegsAreNoTrouble() throws {
    var report = try sample()
    let leg = report.legs[0]
    report.legs = (0..<1000).map {
      var copy = leg
      copy.name = "leg \($0)"
      return copy
    }
    #expect(try Page(report).report.legs.count == 1000)
  }
}

/// A page taken apart, as a browser would.
private struct Page {
  let text: String
  let embedded: String
  let report: MixReport

  init(_ report: MixReport) throws {
    let page = String(decoding: try report.html(), as: UTF8.self)
    let parts = page.components(separatedBy: "<script type=\"application/json\" id=\"report\">")
    try #require(parts.count == 2)
    text = page
    embedded = try #require(parts[1].components(separatedBy: "</script").first)
    self.report = try JSONDecoder().decode(MixReport.self, from: Data(embedded.utf8))
  }

  func count(_ part: String) -> Int { text.lowercased().components(separatedBy: part).count - 1 }

  func between(_ start: String, _ end: String) -> String? {
    text.components(separatedBy: start).dropFirst().first?.components(separatedBy: end).first
  }
}

private func sample() throws -> MixReport { try JSONDecoder().decode(MixReport.self, from: Data(sampleText.utf8)) }

private func damage(at second: Double, detail: String = "") throws -> MixReport.Damage {
  var damage = try JSONDecoder().decode(MixReport.Damage.self, from: Data(#"{"second":0,"detail":""}"#.utf8))
  damage.second = second
  damage.detail = detail
  return damage
}

private func loudness(_ value: Double) throws -> MixReport.Loudness {
  var loudness = try JSONDecoder().decode(MixReport.Loudness.self, from: Data("{}".utf8))
  loudness.integratedLUFS = value
  loudness.rangeLU = value
  loudness.truePeakdBTP = value
  loudness.samplePeakdBFS = value
  return loudness
}

private let sampleText = """
  {"version":1,"program":"partyline 0.1.0","title":"Weekly call","warnings":[],
   "mix":{"seconds":184.3,"channels":1,"normalizationGaindB":0,
    "loudness":{"integratedLUFS":-18.23,"rangeLU":6.2,"truePeakdBTP":-1.04,"samplePeakdBFS":-1.2},
    "envelope":{"secondsPerBin":61.4,"peakdBFS":[-8,-9,-120],"rmsdBFS":[-20,-21.5,-120]},
    "limiter":{"thresholddBTP":-1,"activeSeconds":2.5,"deepestReductiondB":3.1,"secondsPerBin":61.4,
     "reductiondB":[0,3.1,0]}},
   "legs":[
    {"name":"alice","file":"alice.opus","format":"Ogg Opus","sampleRate":48000,"channels":1,
     "interval":{"start":0,"end":184.3},"gaindB":-3,"driftPPM":0,"clippedSamples":0,"damage":[],
     "loudness":{"integratedLUFS":-14.25,"rangeLU":5,"truePeakdBTP":0.6,"samplePeakdBFS":0},
     "envelope":{"secondsPerBin":61.4,"peakdBFS":[-8,-9,-120],"rmsdBFS":[-20,-21.5,-120]},
     "speech":[{"start":0.5,"end":60},{"start":61,"end":62.7}],"speechSeconds":61.2},
    {"name":"陈晓明","file":"chen.wav","format":"WAV, 16-bit PCM","sampleRate":8000,"channels":2,"channel":2,
     "interval":{"start":12.5,"end":184.3},"gaindB":0,"pan":0.4,"driftPPM":12.4,"clippedSamples":1204,
     "damage":[{"second":61.2,"detail":"a checksum is wrong"}],"loudness":{},
     "envelope":{"secondsPerBin":61.4,"peakdBFS":[-120,-9,-120],"rmsdBFS":[-120,-21.5,-120]},
     "speech":[{"start":59,"end":61.5}],"speechSeconds":2.5}],
   "overlaps":[{"interval":{"start":59,"end":60},"legs":[0,1]},{"interval":{"start":61,"end":61.5},"legs":[0,1]}],
   "talk":{"silenceSeconds":121.6,"singleSeconds":61.2,"overlapSeconds":1.5},
   "outputs":[{"file":"out/mix.opus","kind":"mix","format":"Ogg Opus","bytes":1482311},
    {"file":"out/minus/chen.opus","kind":"mix-minus","leg":1,"format":"Ogg Opus","bytes":1401233}]}
  """
