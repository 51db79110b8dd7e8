import PingoraCore
import Testing

@testable import PingoraProxy

@Suite("BodyChunk")
struct BodyChunkTests {
    /// Calls `body` with a chunk that views `text`.
    private func withChunk(_ text: String, _ body: (inout BodyChunk) -> Void) {
        Array(text.utf8).withUnsafeBufferPointer {
            var chunk = BodyChunk(viewing: $0)
            body(&chunk)
        }
    }

    private func bytes(_ chunk: borrowing BodyChunk) -> [UInt8] {
        chunk.withBytes { span in (0..<span.count).map { span[$0] } }
    }

    @Test("shows what came")
    func views() {
        withChunk("hello") { chunk in
            #expect(chunk.count == 5)
            #expect(chunk.bytes == Array("hello".utf8))
            #expect(bytes(chunk) == Array("hello".utf8))
            #expect(chunk.replacement == nil)
        }
    }

    @Test("shows what a filter put in its place", arguments: ["", "a", "something longer"])
    func replaces(_ text: String) {
        withChunk("hello") { chunk in
            chunk.replace(with: Array("earlier".utf8))
            chunk.replace(with: Array(text.utf8))
            #expect(chunk.count == text.utf8.count)
            #expect(chunk.bytes == Array(text.utf8))
            #expect(bytes(chunk) == Array(text.utf8))
            #expect(chunk.replacement == Array(text.utf8))
        }
    }

    @Test("is empty at the end of a body")
    func empty() {
        let buffer = ByteBuffer()
        var chunk = buffer.view(0)
        #expect(chunk.count == 0 && chunk.bytes.isEmpty)
        chunk.replace(with: [1])
        #expect(chunk.count == 1)
    }
}
