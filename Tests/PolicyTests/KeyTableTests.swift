import Policy
import Testing

struct DigestTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `digests are those of FIPS 180-2`(text: String, hex: String) {
    #expect(Digest(sha256: text).hex == hex)
  }

  @Test func `hexadecimal digits are read in either case`() {
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(Digest(hex: hex) == Digest(sha256: "abc"))
    #expect(Digest(hex: hex.uppercased()) == Digest(sha256: "abc"))
    #expect(Digest(hex: hex) != Digest(sha256: "abd"))
  }

  @Test(arguments: [
    "", "ab", String(repeating: "0", count: 63), String(repeating: "0", count: 65), String(repeating: "g", count: 64),
  ])
  func `anything else is not a digest`(hex: String) {
    #expect(Digest(hex: hex) == nil)
  }
}

struct KeyTableTests {
  private static let table = KeyTable([
    KeyEntry(name: "app", digest: Digest(sha256: "sk-app")),
    KeyEntry(name: "ops", digest: Digest(sha256: "sk-ops"), isAdmin: true),
    KeyEntry(name: "app again", digest: Digest(sha256: "sk-app"), isAdmin: true),
  ])

  private func owner(_ secret: String, in table: KeyTable = Self.table) -> Owner? {
    table.owner(presenting: Array(secret.utf8).span)
  }

  @Test func `a key finds its owner`() throws {
    let app = try #require(owner("sk-app"))
    #expect(app.name == "app" && !app.isAdmin)
    let ops = try #require(owner("sk-ops"))
    #expect(ops.name == "ops" && ops.isAdmin)
    #expect(app.id != ops.id)
  }

  @Test(arguments: ["", "sk-ap", "sk-app ", "SK-APP", "app"])
  func `anything else finds nobody`(secret: String) {
    #expect(owner(secret) == nil)
  }

  @Test func `of two entries with one key the first counts`() {
    #expect(owner("sk-app")?.name == "app")
    #expect(owner("sk-app")?.isAdmin == false)
  }

  @Test func `each of many keys finds its own owner`() {
    let many = KeyTable((0..<1000).map { KeyEntry(name: "client \($0)", digest: Digest(sha256: "sk-\($0)")) })
    for number in 0..<1000 { #expect(owner("sk-\(number)", in: many)?.name == "client \(number)") }
    #expect(owner("sk-1000", in: many) == nil)
  }

  @Test func `an owner keeps its id when the keys are listed in another order`() throws {
    let reordered = KeyTable(Array(Self.table.entries.prefix(2).reversed()))
    #expect(owner("sk-app", in: reordered)?.id == owner("sk-app")?.id)
  }

  @Test func `no owner is the anonymous one`() {
    #expect(owner("sk-app")?.id != Owner.anonymous.id)
    #expect(KeyTable().isEmpty)
    #expect(owner("", in: KeyTable()) == nil)
  }
}
