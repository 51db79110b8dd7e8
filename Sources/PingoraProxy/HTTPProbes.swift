public import PingoraCore
import PingoraHTTP

/// Requests that a new process has to answer well before it may take over; see
/// ``UpgradeOptions/prover``.
public struct HTTPProbes: SuccessorProver {
    /// One request, and what a good answer is.
    public struct Probe: Hashable, Sendable {
        /// GET or HEAD.
        public var method: String
        /// The target in origin form, `/healthz`.
        public var target: String
        /// What Host says; nil: there is no such field.
        public var host: String?
        /// The statuses of a good answer.
        public var statuses: [ClosedRange<Int>]

        /// A probe.
        public init(
            _ target: String, host: String?, method: String = "GET",
            statuses: [ClosedRange<Int>] = [200...399]
        ) {
            self.method = method
            self.target = target
            self.host = host
            self.statuses = statuses
        }
    }

    private let service: String
    private let probes: [Probe]
    private let count: Int

    /// Needs no server behind the proxy: a request without Host is refused (RFC 9112 §3.2). It
    /// proves that every loop answers.
    private static let builtIn = Probe("/", host: nil, statuses: [400...400])

    /// Sends `count` requests to the service of that name, the probes taking turns.
    ///
    /// - Parameter probes: if there are none, a request is sent that any proxy refuses.
    public init(_ probes: [Probe], count: Int = 100, service: String = "proxy") {
        self.probes = probes.isEmpty ? [HTTPProbes.builtIn] : probes
        self.count = max(count, self.probes.count)
        self.service = service
    }

    public func fault(
        exchange: (_ service: String, _ request: [UInt8]) throws -> [UInt8]
    ) -> String? {
        for index in 0..<count {
            let probe = probes[index % probes.count]
            do {
                let answer = try exchange(service, probe.request)
                guard let fault = probe.fault(in: answer) else { continue }
                return "probe \(index + 1), \(probe.method) \(probe.target): \(fault)"
            } catch {
                return "probe \(index + 1), \(probe.method) \(probe.target): \(error)"
            }
        }
        return nil
    }
}

extension HTTPProbes.Probe {
    /// The bytes of the request. Its connection ends with the answer.
    var request: [UInt8] {
        let host = host.map { "Host: \($0)\r\n" } ?? ""
        let head = "\(method) \(target) HTTP/1.1\r\n\(host)Connection: close\r\n\r\n"
        return Array(head.utf8)
    }

    /// What is wrong with an answer; nil if it is a good one.
    func fault(in answer: [UInt8]) -> String? {
        guard !answer.isEmpty else { return "the connection was closed without an answer" }
        var head = ResponseHead()
        var parser = ResponseParser(limits: .response)
        do {
            guard try parser.parse(answer.span, into: &head) != nil else {
                return "the answer is cut off"
            }
        } catch {
            return "the answer is malformed: \(error)"
        }
        let status = Int(head.status.code)
        return statuses.contains { $0.contains(status) } ? nil : "status \(status)"
    }
}
