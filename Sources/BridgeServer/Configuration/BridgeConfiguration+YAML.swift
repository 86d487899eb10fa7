import Yams

extension BridgeConfiguration {
  /// Every setting with its meaning, range, default and value, as a file that `--config` takes.
  ///
  /// No secret is a setting: a token stands in its file, of which only the path is here.
  public var yaml: String {
    let defaults = BridgeConfiguration()
    var lines = [
      "# Partyline's settings. What stands later wins: this file, the environment, flags.",
      "# What is marked so is taken from this file on SIGHUP; everything else needs a restart.",
    ]
    var section = ""
    for setting in ConfigurationSetting.all {
      if setting.section != section {
        section = setting.section
        lines += ["", "\(section):"]
      }
      lines.append("")
      lines += Self.wrap(setting.meaning)
      lines.append("  # Allowed: \(setting.allowed).")
      let usual = setting.text(defaults)
      let reload = setting.isReloadable ? " Taken on SIGHUP." : ""
      lines.append("  # Default: \(usual.isEmpty ? "nothing" : usual). Environment: \(setting.variable).\(reload)")
      lines.append("  \(setting.name): \(Self.scalar(setting.text(self)))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Comment lines of at most about 100 letters.
  private static func wrap(_ text: String) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + word.count > 96 { lines.append("") }
      lines[lines.count - 1] += " " + word
    }
    return lines.map { "  #" + $0 }
  }

  /// A value as YAML writes it: plain where it reads back as itself, else in double quotes.
  private static func scalar(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-/".unicodeScalars.contains(scalar))
    }
    if isPlain && !value.isEmpty && !value.hasPrefix("-") { return value }
    return "\""
      + value.unicodeScalars.map { scalar in
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case _ where scalar.value < 32 || (127...159).contains(scalar.value):
          "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: String(scalar)
        }
      }.joined() + "\""
  }

  /// What a new configuration changes: the settings that the running program takes, and those that wait for a restart.
  package func changes(to new: BridgeConfiguration) -> (taken: [String], waiting: [String]) {
    let changed = ConfigurationSetting.all.filter { $0.text(self) != $0.text(new) }
    return (changed.filter(\.isReloadable).map(\.path), changed.filter { !$0.isReloadable }.map(\.path))
  }

  /// This configuration with those settings of the new one that a running program can take.
  package func reloading(_ new: BridgeConfiguration) -> BridgeConfiguration {
    var result = self
    for setting in ConfigurationSetting.all where setting.isReloadable {
      _ = setting.read(setting.text(new), &result)
    }
    return result
  }
}
