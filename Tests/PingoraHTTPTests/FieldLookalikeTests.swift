import PingoraHTTP
import Testing

@Suite("Fields that look like another")
struct FieldLookalikeTests {
    @Test(
        "are removed with it, whatever case and hyphens",
        arguments: [
            ("X-Client-Subject", true), ("x-client-subject", true), ("X_Client_Subject", true),
            ("X-CLIENT_subject", true), ("X-Client-Subjects", false), ("X-Client-Subjec", false),
            ("XClientSubject", false), ("X-Client.Subject", false), ("Host", false),
        ])
    func removed(name: String, isRemoved: Bool) throws {
        var fields = Fields()
        fields.append("A", "1")
        fields.append(try #require(FieldName(name)), "CN=root")
        fields.append(try #require(FieldName(name)), "CN=admin")
        fields.append("B", "2")
        fields.removeLookalikes(of: "X-Client-Subject")
        #expect(fields.count == (isRemoved ? 2 : 4))
        #expect(fields.all.first?.value == "1" && fields.all.last?.value == "2")
    }
}
