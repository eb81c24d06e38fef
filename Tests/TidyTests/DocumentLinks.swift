/// The relative links of a Markdown document.
struct DocumentLinks {
  struct Link: Equatable {
    /// As written, without the anchor.
    var target: String
    /// Without `#`; nil when there is none.
    var anchor: String?
    var line: Int
  }

  private(set) var links: [Link] = []
  /// What headings can be linked to as: lower case, spaces as dashes, other punctuation left out.
  private(set) var anchors: Set<String> = []

  init(_ text: String) {
    var isCode = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.drop(while: { $0 == " " }).hasPrefix("```") { isCode.toggle() }
      guard !isCode else { continue }
      if line.hasPrefix("#") { anchors.insert(Self.anchor(line)) }
      links += Self.targets(in: line).compactMap { Self.link($0, line: index + 1) }
    }
  }

  private static func anchor(_ heading: Substring) -> String {
    let title = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
    return String(title.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
  }

  /// What stands in the parentheses after `](`, outside of code spans.
  private static func targets(in line: Substring) -> [Substring] {
    let text = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "code" }.joined()
    var targets: [Substring] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "](") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: ")") else { break }
      targets.append(rest[..<end].prefix { $0 != " " })
    }
    return targets
  }

  private static func link(_ target: Substring, line: Int) -> Link? {
    guard !target.contains(":") else { return nil }
    let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    return Link(target: String(parts[0]), anchor: parts.count > 1 ? String(parts[1]) : nil, line: line)
  }

  /// The path from the root that a link in `document` leads to.
  static func resolve(_ target: String, from document: String) -> String {
    guard !target.isEmpty else { return document }
    var parts = target.hasPrefix("/") ? [] : document.split(separator: "/").dropLast()
    for part in target.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}
