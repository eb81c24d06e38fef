import Config
import Testing

/// Goal: `listen.tls` is read, checked, shown and compared with its files' content. Method: files that exist only here.
@Suite struct TLSOptionTests {
  private static let text = "{listen: {tls: {cert_file: 'c.pem', key_file: '/k.pem'}}}"
  private let fixture = ConfigFixture(files: ["conf/c.pem": "cert\n", "/k.pem": "key\n"], name: "conf/sluice.json5")

  @Test func theFilesAreReadFromTheFolderOfTheConfiguration() throws {
    let tls = try #require(try fixture.load(Self.text).listen.tls)
    #expect(
      tls
        == TLSOptions(
          certFile: "conf/c.pem", keyFile: "/k.pem", certificates: Array("cert\n".utf8), key: Secret("key")))
    #expect(try fixture.load("{}").listen.tls == nil)
    #expect(try fixture.load("{listen: {tls: 'off'}}").listen.tls == nil)
  }

  @Test func theEffectiveTextNamesTheFilesAlone() throws {
    let text = try fixture.load(Self.text).effectiveText()
    #expect(text.contains("conf/c.pem") && text.contains("/k.pem"))
    #expect(!text.contains("\"key\""))
  }

  @Test func aChangedFileIsAChange() throws {
    let running = try fixture.load(Self.text)
    #expect(ConfigurationDiff(running: running, loaded: try fixture.load(Self.text)).isEmpty)
    var renewed = fixture
    renewed.files["conf/c.pem"] = "next"
    #expect(ConfigurationDiff(running: running, loaded: try renewed.load(Self.text)).swapped == ["listen.tls"])
  }

  @Test(arguments: [
    ("{cert_file: 'none', key_file: '/k.pem'}", "listen.tls.cert_file: `conf/none`: No such file or directory"),
    ("{cert_file: 'c.pem', key_file: '/none'}", "listen.tls.key_file: `/none`: No such file or directory"),
    ("{cert_file: 'c.pem'}", "listen.tls.key_file: is missing"),
    ("true", "listen.tls: must be a section: { … }, or \"off\", not true"),
  ])
  func mistakesAreNamed(tls: String, mistake: String) {
    let found = fixture.mistakes("{listen: {tls: \(tls)}}")
    #expect(found.count == 1 && found[0].hasSuffix(mistake), "\(found)")
  }

  @Test func whatTheCheckFindsStandsAtTheFile() throws {
    var fixture = fixture
    fixture.checkCertificate = { options throws(CertificateMistake) in
      throw CertificateMistake(isInKey: options.key == Secret("key"), message: "is wrong")
    }
    #expect(fixture.mistakes(Self.text) == ["conf/sluice.json5:1:47: listen.tls.key_file: `/k.pem`: is wrong"])
    fixture.checkCertificate = { _ in "has expired" }
    #expect(try fixture.load(Self.text).notices.contains("`conf/c.pem`: has expired"))
  }
}
