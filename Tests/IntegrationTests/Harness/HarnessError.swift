/// Why a test could not go on: a server did not start, a peer stayed silent, bytes made no sense.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
