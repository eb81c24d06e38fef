import Testing
import Wire

@Suite struct SSEWriterTests {
  @Test func eventsAreWrittenWithLineFeeds() {
    var output: [UInt8] = []
    SSEWriter.append(data: Array("{}".utf8), to: &output)
    SSEWriter.append(event: "response.created", data: Array("{\"a\":1}".utf8), to: &output)
    SSEWriter.append(comment: "keep-alive", to: &output)
    SSEWriter.appendDone(to: &output)
    let expected = "data: {}\n\nevent: response.created\ndata: {\"a\":1}\n\n: keep-alive\n\ndata: [DONE]\n\n"
    #expect(String(decoding: output, as: UTF8.self) == expected)
  }

  @Test(arguments: ["", "x", "a\nb", "a\r\nb\rc\n", "\n\n"]) func payloadsReadBackWithLineEndsAsFeeds(_ payload: String)
  {
    var output: [UInt8] = []
    SSEWriter.append(data: Array(payload.utf8), to: &output)
    var scanner = SSEScanner()
    let block = scanner.next(in: output.span)
    #expect(block?.range == 0..<output.count)
    let feeds = payload.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    #expect(block.map { String(decoding: $0.joinedData(in: output.span), as: UTF8.self) } == feeds)
    #expect(scanner.next(in: output.span) == nil)
  }
}
