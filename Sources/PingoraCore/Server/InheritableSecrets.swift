/// What a server's successor has to know, and nobody else may: the keys of session tickets.
package protocol InheritableSecrets: Sendable {
    /// For the successor, at most 192 KiB; empty where there is nothing to tell.
    func exported() -> [UInt8]
    /// Goes on with what a predecessor exported. What is of no use is left, which costs no more
    /// than the sessions that it stands for.
    func inherit(_ bytes: [UInt8])
}
