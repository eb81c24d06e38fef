import Telemetry
import Testing

struct CountTableTests {
  @Test func `cells count on their own`() {
    var table = CountTable(columns: 3, rowsMax: 8)
    table.add(row: 0, column: 2)
    table.add(5, row: 4, column: 0)
    table.add(row: 4, column: 0)
    #expect(table[0, 2] == 1)
    #expect(table[4, 0] == 6)
    #expect(table[4, 1] == 0 && table[3, 0] == 0)
    #expect(table.rows == 5)
  }

  @Test func `what was never counted is 0`() {
    let table = CountTable(columns: 2, rowsMax: 4)
    #expect(table[3, 1] == 0 && table[99, 0] == 0 && table[-1, 0] == 0 && table[0, 7] == 0)
  }

  @Test func `rows beyond the cap are counted together`() {
    var table = CountTable(columns: 1, rowsMax: 2)
    for row in [0, 1, 2, 3, 1_000_000] { table.add(row: row) }
    #expect(table.rows == 3)
    #expect(table[0, 0] == 1 && table[1, 0] == 1 && table[2, 0] == 3)
  }

  @Test func `merging adds cell by cell, whichever table has more rows`() {
    var (short, long) = (CountTable(columns: 2, rowsMax: 9), CountTable(columns: 2, rowsMax: 9))
    short.add(row: 0, column: 1)
    long.add(2, row: 0, column: 1)
    long.add(row: 6, column: 0)
    var (one, other) = (short, long)
    one.merge(long)
    other.merge(short)
    #expect(one == other)
    #expect(one[0, 1] == 3 && one[6, 0] == 1)
  }
}
