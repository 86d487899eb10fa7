/// Which Partyline this is: said by `--version`, in reports, and in the files that it writes.
public enum PartylineVersion {
  /// By semantic versioning.
  public static let number = "0.1.0"
  /// Name and number.
  public static let program = "partyline \(number)"
}
