/// Comparison whose time tells nothing about a secret: neither where it differs nor how long it is.
enum ConstantTime {
  /// Whether what was given is the secret. Looks at `length` bytes, whatever both are.
  ///
  /// - Parameter length: as long as the secret, or longer.
  @inline(never)
  static func areEqual(_ given: [UInt8], _ secret: [UInt8], over length: Int) -> Bool {
    precondition(secret.count <= length, "a secret that is longer than what is compared")
    // Behind its end each counts as zeros; the counts tell it from one that has them.
    var difference = given.count ^ secret.count
    for index in 0..<length {
      let left = index < given.count ? given[index] : 0
      let right = index < secret.count ? secret[index] : 0
      difference |= Int(left ^ right)
    }
    return difference == 0
  }
}
