import Reactor

/// Memory for one read.
final class ScratchBuffer {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: EventLoop.scratchBytes, alignment: 64)

  deinit { bytes.deallocate() }
}
