import Telemetry
import Testing

struct TraceContextTests {
  private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func `a header is read and written back`() throws {
    let context = try #require(TraceContext(parsing: Self.valid))
    #expect(context.traceID == 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)
    #expect(context.parentID == 0x00f0_67aa_0ba9_02b7)
    #expect(context.isSampled)
    #expect(context.headerValue == Self.valid)
  }

  @Test func `a request of our own stays in the trace`() throws {
    let context = try #require(TraceContext(parsing: Self.valid))
    #expect(context.child(0xAB)?.headerValue == "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000ab-01")
    #expect(context.child(0) == nil)
  }

  @Test(arguments: [
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more",
  ])
  func `a later version is read as far as version 00 goes`(value: String) throws {
    let context = try #require(TraceContext(parsing: value))
    #expect(!context.isSampled)
    #expect(context.headerValue == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
  }

  @Test(arguments: [
    "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00x",
    " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  ])
  func `a malformed header is no trace`(value: String) {
    #expect(TraceContext(parsing: value) == nil)
  }
}
