/// Sizes in bytes as people write them in a configuration: `512B`, `64KiB`, `32MiB`, `1GiB`, `10MB`.
package enum SizeText {
  private static let binaryUnits: [(name: String, bytes: Int64)] = [
    ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
  ]
  private static let decimalUnits: [(name: String, bytes: Int64)] = [
    ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("kB", 1000), ("B", 1),
  ]

  /// Reads a number directly followed by a unit: powers of 1024 with an `i`, powers of 1000 without. Nil for anything
  /// else, also for a bare number and for a fraction of a byte.
  package static func parse(_ text: String) -> Int? {
    guard let (number, name) = QuantityText.split(text),
      let unit = (binaryUnits + decimalUnits).first(where: { $0.name == name }),
      let bytes = number.scaled(by: unit.bytes)
    else { return nil }
    return Int(exactly: bytes)
  }

  /// Writes the size in the largest binary unit that needs no fraction, so that `parse` gives the same value back.
  package static func format(_ bytes: Int) -> String {
    guard bytes > 0 else { return "0B" }
    for unit in binaryUnits where Int64(bytes).isMultiple(of: unit.bytes) {
      return "\(Int64(bytes) / unit.bytes)\(unit.name)"
    }
    return "\(bytes)B"
  }
}
