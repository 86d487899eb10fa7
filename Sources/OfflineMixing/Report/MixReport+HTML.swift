extension MixReport {
  /// The report as one self-contained page of HTML in UTF-8: what `--report` writes.
  ///
  /// `Report.html` is the page: layout, style and the script that draws. Three marks in it are filled here: the title; the
  /// essentials, as a table for readers without scripts; and the whole report as JSON, which the script reads. The page
  /// forbids itself the network. The same report gives the same bytes.
  public func html() throws -> [UInt8] {
    var page: [UInt8] = []
    var rest = PackageResources.Report_html[...]
    for (mark, filling) in [
      ("<!--title-->", Self.escaped(heading)), ("<!--essentials-->", essentials),
    ] {
      rest = Self.copy(rest, to: &page, until: mark)
      page += filling.utf8
    }
    rest = Self.copy(rest, to: &page, until: "<!--report-->")
    Self.append(scriptSafe: try compactJSON(), to: &page)
    return page + rest
  }

  /// Copies the template up to `mark`, and returns what follows the mark.
  private static func copy(
    _ template: ArraySlice<UInt8>, to page: inout [UInt8], until mark: String
  ) -> ArraySlice<UInt8> {
    guard let range = template.firstRange(of: Array(mark.utf8)) else {
      preconditionFailure("Report.html lacks \(mark)")
    }
    page += template[..<range.lowerBound]
    return template[range.upperBound...]
  }

  /// JSON as the text of a script element. `<`, `>` and `&` stand only in strings there, and are written as escapes: no
  /// name can close the element or open a comment. So are U+2028 and U+2029, which old scripts take for line ends.
  private static func append(scriptSafe json: [UInt8], to page: inout [UInt8]) {
    page.reserveCapacity(page.count + json.count + json.count / 16)
    var index = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "<"): page += "\\u003c".utf8
      case UInt8(ascii: ">"): page += "\\u003e".utf8
      case UInt8(ascii: "&"): page += "\\u0026".utf8
      // U+2028 and U+2029 are E2 80 A8 and E2 80 A9 in UTF-8.
      case 0xE2 where index + 2 < json.count && json[index + 1] == 0x80 && json[index + 2] & 0xFE == 0xA8:
        page += (json[index + 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8
        index += 2
      case let byte: page.append(byte)
      }
      index += 1
    }
  }

  /// Text as the content of an element or of a quoted attribute.
  private static func escaped(_ text: String) -> String {
    var markup = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": markup += "&lt;"
      case ">": markup += "&gt;"
      case "&": markup += "&amp;"
      case "\"": markup += "&quot;"
      case "'": markup += "&#39;"
      case "\0": markup += "\u{FFFD}"  // HTML has no NUL.
      default: markup.unicodeScalars.append(scalar)
      }
    }
    return markup
  }
}

// MARK: - The essentials, for readers without scripts

extension MixReport {
  private var heading: String { title.isEmpty ? "Untitled mix" : title }

  private var essentials: String {
    let report = settled()
    let rows = report.legs.map { leg in
      "<tr><th scope=\"row\"><bdi>\(Self.escaped(leg.name))</bdi></th><td class=\"n\">\(Self.clock(leg.speechSeconds))</td>"
        + "<td class=\"n\">\(Self.decibels(leg.loudness.integratedLUFS))</td></tr>\n"
    }
    return """
      <div class="essentials">
      <h1>\(Self.escaped(heading))</h1>
      <p class="lede">\(Self.clock(report.mix.seconds)) long, \(legs.count) \(legs.count == 1 ? "leg" : "legs"), \
      \(Self.decibels(report.mix.loudness.integratedLUFS)) LUFS, \
      true peak \(Self.decibels(report.mix.loudness.truePeakdBTP)) dBTP. \
      The timeline needs a browser that runs the script in this page.</p>
      \(warningList)<table><thead><tr><th scope="col">Leg</th><th scope="col" class="n">Speech</th>\
      <th scope="col" class="n">Loudness, LUFS</th></tr></thead><tbody>
      \(rows.joined())</tbody></table>
      </div>
      """
  }

  private var warningList: String {
    warnings.isEmpty
      ? "" : "<ul>" + warnings.map { "<li>\(Self.escaped($0))</li>" }.joined() + "</ul>\n"
  }

  /// Seconds as 4:05 or 1:04:05.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e9)).rounded())
    let pad = { (part: Int) in part < 10 ? "0\(part)" : "\(part)" }
    let minutes = whole / 60
    return minutes < 60
      ? "\(minutes):\(pad(whole % 60))" : "\(minutes / 60):\(pad(minutes % 60)):\(pad(whole % 60))"
  }

  /// A level with one decimal and a true minus sign, or a dash where there is none.
  private static func decibels(_ level: Double?) -> String {
    guard let level, abs(level) < 1e6 else { return "\u{2013}" }
    let tenths = Int((level * 10).rounded())
    return (tenths < 0 ? "\u{2212}" : "") + "\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }
}
