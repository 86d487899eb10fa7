/// Gives out names, each once: the second `Alice` becomes `Alice-2`. Names that differ only in case are the same, as they
/// are on many file systems.
struct UniqueNames {
  private var taken: Set<String> = []
  /// The number to try next, by the name that was wanted.
  private var next: [String: Int] = [:]

  /// The wanted name, or the first numbered one that is free.
  mutating func take(_ wanted: String) -> String {
    let key = wanted.lowercased()
    var name = wanted
    while !taken.insert(name.lowercased()).inserted {
      let number = next[key, default: 2]
      next[key] = number + 1
      name = "\(wanted)-\(number)"
    }
    return name
  }
}
