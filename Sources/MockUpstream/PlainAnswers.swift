/// Answers of the endpoints that neither generate text nor stream.
enum PlainAnswers {
  static func embeddings(_ facts: RequestFacts) -> String {
    let dimensions = facts.dimensions ?? 8
    let items = (0..<facts.inputCount).map { index in
      let vector = (0..<dimensions).map { Float($0) / 8 + Float(index) }
      let value = facts.encodingFormat == "base64" ? "\"\(base64(floats: vector))\"" : "\(vector)"
      return #"{"object":"embedding","index":\#(index),"embedding":\#(value)}"#
    }
    return #"""
      {"object":"list","model":\#(quoted(facts.model)),"data":[\#(items.joined(separator: ","))],\#
      "usage":{"prompt_tokens":5,"total_tokens":5}}
      """#
  }

  static func moderations(_ facts: RequestFacts) -> String {
    #"""
    {"id":"modr-mock","model":\#(quoted(facts.model)),"results":[{"flagged":false,\#
    "categories":{"hate":false,"self-harm/intent":false},"category_scores":{"hate":0.01,"self-harm/intent":0.02},\#
    "category_applied_input_types":{"hate":["text"],"self-harm/intent":["text"]}}]}
    """#
  }

  static let models = #"{"object":"list","data":[\#(model("mock")),\#(model("mock-second"))]}"#

  static func model(_ id: String) -> String {
    #"{"id":\#(quoted(id)),"object":"model","created":\#(createdSeconds),"owned_by":"mock"}"#
  }

  /// What a transcription says: a checksum of the file that arrived.
  static func transcription(_ facts: RequestFacts) -> String {
    let file = facts.parts.first { $0.filename != nil }
    let text = file.map { "received \($0.size) bytes crc32 \(hex($0.crc32))" } ?? "received no file"
    return #"{"text":"\#(text)"}"#
  }

  static let images = #"{"created":\#(createdSeconds),"data":[{"b64_json":"bW9jaw==","revised_prompt":"a mock"}]}"#

  static func file(id: String, facts: RequestFacts) -> String {
    let file = facts.parts.first { $0.filename != nil }
    let purpose = facts.parts.first { $0.name == "purpose" }?.text ?? "assistants"
    return #"""
      {"id":\#(quoted(id)),"object":"file","bytes":\#(file?.size ?? 0),"created_at":\#(createdSeconds),\#
      "filename":\#(quoted(file?.filename ?? "mock.bin")),"purpose":\#(quoted(purpose)),"status":"processed"}
      """#
  }

  static func deleted(id: String, object: String) -> String {
    #"{"id":\#(quoted(id)),"object":"\#(object)","deleted":true}"#
  }

  static func responseItems(id: String) -> String {
    #"""
    {"object":"list","data":[{"id":"msg_in","type":"message","role":"user","status":"completed",\#
    "content":[{"type":"input_text","text":"hello"}]}],"first_id":"msg_in","last_id":"msg_in","has_more":false,\#
    "response_id":\#(quoted(id))}
    """#
  }

  /// A description of any other request.
  static func echo(method: String, target: String, body: [UInt8]) -> String {
    #"""
    {"object":"mock.echo","method":\#(quoted(method)),"target":\#(quoted(target)),"bytes":\#(body.count),\#
    "crc32":"\#(hex(CRC32.checksum(body)))"}
    """#
  }
}

/// Base64 (RFC 4648 section 4) of little-endian IEEE 754 numbers, the form that OpenAI's embeddings have.
private func base64(floats: [Float]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let bytes = floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
    let bits = group[0] << 16 | group[1] << 8 | group[2]
    let digits = min(bytes.count - start, 3) + 1
    for digit in 0..<4 {
      text.append(digit < digits ? alphabet[Int(bits >> (18 - 6 * digit) & 63)] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
