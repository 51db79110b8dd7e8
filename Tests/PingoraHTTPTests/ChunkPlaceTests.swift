import Testing

@testable import PingoraHTTP

/// Going on in the middle of a chunked body, as another process does.
@Suite("ChunkedDecoder.Place")
struct ChunkPlaceTests {
    /// What a decoder finds in `bytes`.
    private func read(
        _ bytes: ArraySlice<UInt8>, with decoder: inout ChunkedDecoder, _ payload: inout [UInt8]
    ) throws {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let rest = bytes[start...]
            switch try decoder.next(rest.span) {
            case .needsMore(let consumed): start += consumed
            case .data(let offset, let count):
                payload += bytes[start + offset..<start + offset + count]
                start += offset + count
            case .end: return
            }
        }
    }

    @Test("is where another decoder goes on", arguments: ChunkedDecoderTests.complete)
    func resumes(text: String, payload: String, trailers: String) throws {
        let bytes = latin1(text)
        for cut in 0..<bytes.count {
            var (first, second) = (ChunkedDecoder(), ChunkedDecoder())
            var found: [UInt8] = []
            try read(bytes[..<cut], with: &first, &found)
            guard let place = first.place else { continue }
            second.resume(at: place)
            #expect(second.place == place, "cut at \(cut)")
            try read(bytes[cut...], with: &second, &found)
            #expect(latin1(found) == payload, "cut at \(cut)")
            #expect(dump(second.trailers) == trailers, "cut at \(cut)")
            #expect(second.place == nil, "cut at \(cut)")
        }
    }

    /// The body up to a cut, and where that is.
    static let places: [(String, ChunkedDecoder.Place?)] = [
        ("", .size), ("5", nil), ("5;a", nil), ("5\r", nil), ("5\r\n", .data(left: 5)),
        ("5\r\nhe", .data(left: 3)), ("5\r\nhello", .dataEnd(hasReturn: false)),
        ("5\r\nhello\r", .dataEnd(hasReturn: true)), ("5\r\nhello\r\n", .size),
        ("5\r\nhello\r\n0", nil), ("5\r\nhello\r\n0\r", nil), ("0\r\n", nil),
        ("0\r\nA: b\r\n", nil),
        ("0\r\n\r", nil), ("0\r\n\r\n", nil), ("fffffffffffffff\r\nx", .data(left: 1 << 60 - 2)),
    ]

    @Test("is between lines, and nowhere else", arguments: places)
    func between(text: String, place: ChunkedDecoder.Place?) throws {
        var decoder = ChunkedDecoder()
        var payload: [UInt8] = []
        try read(latin1(text)[...], with: &decoder, &payload)
        #expect(decoder.place == place)
    }

    @Test("is as strict as the beginning of a body")
    func strict() {
        let broken: [(ChunkedDecoder.Place, String)] = [
            (.size, "x"), (.size, "\r\n"), (.data(left: 1), "ab"), (.data(left: 1), "a\n"),
            (.dataEnd(hasReturn: false), "\n"), (.dataEnd(hasReturn: false), "\r\r"),
            (.dataEnd(hasReturn: true), "\r"), (.dataEnd(hasReturn: true), "\n\n"),
        ]
        for (place, rest) in broken {
            var decoder = ChunkedDecoder()
            decoder.resume(at: place)
            #expect(throws: ParseError.self, "\(place), \(rest.debugDescription)") {
                var payload: [UInt8] = []
                try read(latin1(rest)[...], with: &decoder, &payload)
            }
        }
    }

    @Test("leaves nothing behind of an earlier body")
    func forgets() throws {
        var decoder = ChunkedDecoder()
        var payload: [UInt8] = []
        try read(latin1("0\r\nA: b\r\n\r\n")[...], with: &decoder, &payload)
        decoder.resume(at: .data(left: 2))
        #expect(decoder.trailers.isEmpty)
        try read(latin1("hi\r\n0\r\n\r\n")[...], with: &decoder, &payload)
        #expect(latin1(payload) == "hi" && decoder.trailers.isEmpty)
    }
}
