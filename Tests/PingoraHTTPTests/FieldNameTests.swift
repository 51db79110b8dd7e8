import Testing

@testable import PingoraHTTP

@Suite("FieldName")
struct FieldNameTests {
    static let known = FieldID.allCases.filter { $0 != .other }

    private func recognise(_ text: String) -> FieldID {
        FieldID.recognise(latin1(text).span)
    }

    @Test("every known name is recognised in any case", arguments: known)
    func recognised(id: FieldID) {
        let name = id.canonicalName.description
        #expect(recognise(name) == id)
        #expect(recognise(name.lowercased()) == id)
        #expect(recognise(name.uppercased()) == id)
        var mixed = ""
        for (index, character) in name.enumerated() {
            mixed += index % 2 == 0 ? character.lowercased() : character.uppercased()
        }
        #expect(recognise(mixed) == id)
        #expect(FieldName(mixed) == FieldName(id))
    }

    @Test("nothing near a known name is taken for it", arguments: known)
    func near(id: FieldID) {
        let name = id.canonicalName.description
        for other in [name + "s", String(name.dropLast()), "x" + name, name + "\0", name + " "] {
            #expect(recognise(other) != id, "\(other)")
        }
        for place in latin1(name).indices {
            for token in latin1("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
                var bytes = latin1(name.lowercased())
                guard bytes[place] != token else { continue }
                bytes[place] = token
                #expect(FieldID.recognise(bytes.span) != id, "\(latin1(bytes))")
            }
        }
    }

    @Test("each has a bit of its own")
    func bits() {
        #expect(FieldID.allCases.count <= 64)
        #expect(Set(FieldID.allCases.map(\.bit)).count == FieldID.allCases.count)
        #expect(Set(Self.known.map(\.canonicalName.description)).count == Self.known.count)
    }

    @Test("is a token", arguments: ["", " ", "a ", "a:", "a b", "a\r\n", "a\0", "\u{e9}", "a/b"])
    func refuses(name: String) {
        #expect(FieldName(name) == nil)
    }

    @Test("is equal whatever the case, and keeps it if it is not known")
    func equality() {
        let (one, other): (FieldName, FieldName) = ("X-Custom", "x-cUSTOM")
        #expect(one == other && one.hashValue == other.hashValue)
        #expect("\(one) \(other)" == "X-Custom x-cUSTOM")
        #expect(one != "X-Custom2" && one != .host)
        let host: FieldName = "hOST"
        #expect(host == .host && host.hashValue == FieldName.host.hashValue)
        #expect("\(host)" == "Host")
    }

    @Test("an unlisted name is none of those known", arguments: ["x", "Accept-Language", "Hosts"])
    func unknown(name: String) throws {
        #expect(recognise(name) == .other)
        #expect(try #require(FieldName(name)).description == name)
    }
}
