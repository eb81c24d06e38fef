// Runs one fuzz target under libFuzzer. `scripts/fuzz` builds and calls this.
//
// Usage: Fuzz TARGET [libFuzzer's arguments]

import FuzzTargets
import Glibc

/// libFuzzer's own entry: a library that fuzzes what it is given.
@_silgen_name("LLVMFuzzerRunDriver")
func fuzzerRunDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) var chosen: FuzzTarget?

let names = FuzzTarget.all.map(\.name)
if CommandLine.argc < 2 {
  print(names.joined(separator: "\n"))
  exit(0)
}
// libFuzzer starts itself for some jobs (`-merge=1`), and knows of no target.
let name = getenv("SLUICE_FUZZ_TARGET").map { String(cString: $0) } ?? CommandLine.arguments[1]
chosen = FuzzTarget.all.first { $0.name == name }
guard chosen != nil else {
  print("no such target: \(name); there are \(names.joined(separator: ", "))")
  exit(2)
}

// The target's name is nothing for libFuzzer.
var arguments = CommandLine.unsafeArgv
var count = CommandLine.argc
if name == CommandLine.arguments[1] {
  setenv("SLUICE_FUZZ_TARGET", name, 1)
  arguments[1] = arguments[0]
  arguments += 1
  count -= 1
}
exit(
  fuzzerRunDriver(&count, &arguments) { bytes, count in
    chosen?.run(UnsafeBufferPointer(start: bytes, count: count))
    return 0
  })
