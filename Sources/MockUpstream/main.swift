do {
  let options = try Options.parse(Array(CommandLine.arguments.dropFirst()))
  if options.help {
    print(Help.text)
  } else if let model = options.show {
    print(try Help.steps(of: model))
  } else {
    print("serving needs HTTPServer")
  }
} catch {
  print("MockUpstream: \(error.message)")
}
