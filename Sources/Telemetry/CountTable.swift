/// Counters by row and column: a plain mergeable value, owned by one loop.
///
/// Columns are fixed. Rows appear when they are first counted, up to a cap; what lies beyond is counted together in one
/// last row, so that nothing a configuration does makes the table grow without end.
package struct CountTable: Equatable, Sendable {
  /// Values per row.
  package let columns: Int
  /// Rows with a place of their own; row `rowsMax` is the one for all others.
  package let rowsMax: Int
  private var cells: [Int] = []

  /// An empty table.
  package init(columns: Int, rowsMax: Int) {
    precondition(columns > 0 && rowsMax >= 0, "a count table needs columns")
    self.columns = columns
    self.rowsMax = rowsMax
  }

  /// Rows counted so far, the one for all others included.
  package var rows: Int { cells.count / columns }

  /// The count in one cell; 0 for what was never counted.
  package subscript(row: Int, column: Int) -> Int {
    guard (0..<columns).contains(column), row >= 0 else { return 0 }
    let index = min(row, rowsMax) * columns + column
    return index < cells.count ? cells[index] : 0
  }

  /// Counts `amount` more in one cell. Allocates only when the row is new.
  package mutating func add(_ amount: Int = 1, row: Int, column: Int = 0) {
    precondition(row >= 0 && (0..<columns).contains(column), "no such cell")
    let row = min(row, rowsMax)
    if row >= rows {
      cells.append(contentsOf: repeatElement(0, count: (row + 1 - rows) * columns))
    }
    cells[row * columns + column] &+= amount
  }

  /// Adds another loop's counts; both must have the same shape.
  package mutating func merge(_ other: CountTable) {
    precondition(columns == other.columns && rowsMax == other.rowsMax, "only tables of one shape can be merged")
    if cells.count < other.cells.count {
      cells.append(contentsOf: repeatElement(0, count: other.cells.count - cells.count))
    }
    for index in other.cells.indices { cells[index] &+= other.cells[index] }
  }
}
