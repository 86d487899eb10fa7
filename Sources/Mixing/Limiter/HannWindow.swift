#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The raised-cosine window: sin² over half a turn.
enum HannWindow {
  /// `width` weights between the window's zero ends, symmetrical, the highest 1.
  static func weights(_ width: Int) -> [Double] {
    (0..<width).map { index in
      let sine = sin(.pi * Double(index + 1) / Double(width + 1))
      return sine * sine
    }
  }
}
