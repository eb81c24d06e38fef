import Glibc
import Telemetry
import Testing

struct LogSinkTests {
  /// A pipe whose ends are closed with it.
  private final class Pipe {
    let reader: Int32
    let writer: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      (reader, writer) = (ends[0], ends[1])
    }

    /// Everything that is in the pipe now.
    func readAll() -> [UInt8] {
      _ = fcntl(reader, F_SETFL, O_NONBLOCK)
      var all: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = read(reader, &chunk, chunk.count)
        guard count > 0 else { return all }
        all += chunk[..<count]
      }
    }

    /// Writes zeros until no more go in.
    func fill() {
      let flags = fcntl(writer, F_GETFL)
      _ = fcntl(writer, F_SETFL, flags | O_NONBLOCK)
      let zeros = [UInt8](repeating: 0, count: 4096)
      for size in [zeros.count, 1] {
        while write(writer, zeros, size) > 0 {}
      }
      _ = fcntl(writer, F_SETFL, flags)
    }

    deinit {
      close(reader)
      close(writer)
    }
  }

  private func line(_ number: Int) -> LogLine {
    let line = LogLine()
    line.begin(.info, "line", unixMilliseconds: 0)
    line.field("number", number)
    line.end()
    return line
  }

  @Test func `lines arrive whole and in order`() throws {
    let pipe = try Pipe()
    let sink = LogSink(descriptor: pipe.writer, bytesMax: 1 << 20)
    for number in 0..<500 { #expect(sink.write(line(number))) }
    #expect(sink.flush())
    #expect(pipe.readAll() == (0..<500).flatMap { line($0).bytes })
    #expect(sink.linesDropped == 0)
  }

  @Test func `when nobody reads, lines are dropped and counted, and the caller does not wait`() throws {
    let pipe = try Pipe()
    pipe.fill()
    let sink = LogSink(descriptor: pipe.writer, bytesMax: 10 * line(1).bytes.count)
    let taken = (0..<100).map { _ in sink.write(line(1)) }
    #expect(taken == Array(repeating: true, count: 10) + Array(repeating: false, count: 90))
    #expect(sink.linesDropped == 90)
    #expect(!sink.flush(timeout: .milliseconds(20)))

    // Reading makes room, in the pipe and then in the queue.
    var written: [UInt8] = []
    repeat { written += pipe.readAll() } while !sink.flush(timeout: .milliseconds(20))
    written += pipe.readAll()
    #expect(written.drop { $0 == 0 } == (0..<10).flatMap { _ in line(1).bytes }[...])
    #expect(sink.write(line(1)))
    // The sink must be done with the descriptor before its number can be somebody else's.
    #expect(sink.flush())
    #expect(sink.linesDropped == 90)
  }

  @Test func `a descriptor that refuses lines is not tried for ever`() {
    let sink = LogSink(descriptor: -1, bytesMax: 1 << 20)
    sink.write(line(1))
    sink.write(line(2))
    #expect(sink.flush())
    #expect(sink.linesDropped == 2)
  }

  @Test func `lines of several threads stay whole`() async throws {
    let pipe = try Pipe()
    let sink = LogSink(descriptor: pipe.writer, bytesMax: 1 << 20)
    await withTaskGroup { group in
      for writer in 0..<4 {
        group.addTask {
          for number in 0..<50 { sink.write(line(writer * 50 + number)) }
        }
      }
    }
    #expect(sink.flush())
    let written = pipe.readAll().split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
    #expect(Set(written) == Set((0..<200).map { line($0).bytes }))
    #expect(written.count == 200)
  }
}
