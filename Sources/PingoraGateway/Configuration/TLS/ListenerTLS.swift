public import PingoraHTTP
public import PingoraTLS

extension GatewayConfiguration {
    /// How clients of a listener are spoken to over TLS.
    public struct ListenerTLS: Hashable, Sendable {
        /// Certificates, and what clients may do.
        public var options: TLSServerOptions
        /// The field in which servers are told the subject of the client's certificate; nil: none.
        /// Nobody else's field of this name gets through, whatever the listener.
        public var clientSubjectHeader: FieldName?

        /// TLS as `options` say.
        public init(_ options: TLSServerOptions) {
            self.options = options
        }
    }
}
