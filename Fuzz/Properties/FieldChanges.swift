import PingoraHTTP

/// Fields behave as a plain list of names and values would, under any changes; the input is one
/// change a line: `+name:value` appends, `=name:value` replaces, `-name` removes, `c` copies.
///
/// Then, what concerns one connection is gone after the removal, and what it may not take stays.
func checkFields(_ input: [UInt8]) throws(Violation) {
    var fields = Fields()
    var model: [(name: String, value: [UInt8])] = []
    // Quadratic as a model is, it must end in time.
    for line in input.split(separator: 0x0a).prefix(200) {
        change(&fields, &model, line.first ?? 0, line.dropFirst())
    }
    try compare(fields, model)
    let before = fields
    HopByHopFields.remove(from: &fields)
    for name in ["Connection", "Keep-Alive", "TE", "Transfer-Encoding", "Upgrade"] {
        guard let name = FieldName(name) else { continue }
        try require(!fields.contains(name), "\(name) stays")
        try require(fields[name] == nil, "\(name) has a value")
    }
    for name in [FieldName.host, .contentLength, .authorization, .cookie] {
        try require(fields.values(of: name) == before.values(of: name), "\(name) changes")
    }
    let close = Persistence.allows(before, version: .http11)
    try require(close || before.contains(.connection), "closes without Connection")
    let address: [UInt8] = [0x31]
    ForwardedFields.set(on: &fields, address: address.span, scheme: "https")
    try require(fields.values(of: .xForwardedFor) == ["1"], "a client's address stays")
    try require(fields.values(of: .xForwardedProto) == ["https"], "a client's scheme stays")
    try require(fields.values(of: .xForwardedHost).count <= 1, "a client's host stays")
}

private func change(
    _ fields: inout Fields, _ model: inout [(name: String, value: [UInt8])], _ operation: UInt8,
    _ text: ArraySlice<UInt8>
) {
    let colon = text.firstIndex(of: 0x3a) ?? text.endIndex
    let value = Array(text[colon...].dropFirst())
    let key = String(decoding: text[..<colon], as: UTF8.self)
    guard let name = FieldName(key) else { return }
    let lower = name.description.lowercased()
    switch operation {
    case 0x2b:
        fields.append(name, bytes: value.span)
        model.append((lower, value))
    case 0x3d:
        fields.replace(name, bytes: value.span)
        if let first = model.firstIndex(where: { $0.name == lower }) {
            model[first].value = value
            let rest = model[(first + 1)...].filter { $0.name != lower }
            model = model[...first] + rest
        } else {
            model.append((lower, value))
        }
    case 0x2d:
        fields.remove(name)
        model.removeAll { $0.name == lower }
    default:
        var copy = Fields()
        copy.append("left", "over")
        copy.copy(from: fields)
        fields = copy
    }
}

private func compare(
    _ fields: Fields, _ model: [(name: String, value: [UInt8])]
) throws(Violation) {
    try require(fields.count == model.count, "\(fields.count) lines, not \(model.count)")
    for (line, expected) in zip(fields.all, model) {
        try require(line.name.lowercased() == expected.name, "\(line.name), not \(expected.name)")
        let value = String(decoding: expected.value, as: UTF8.self)
        try require(line.value == value, "\(line.name): \(line.value), not \(value)")
    }
    var head = RequestHead()
    head.fields = fields
    let sent = head.serialized()
    let isInvalid = model.contains { $0.value.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f } }
    try require(!isInvalid || sent == nil, "an invalid value is sent")
    try require(sent != nil || fields.invalidName != nil, "can't be sent, for no reason")
}
