import TestSupport

/// What a client says: a plan of the simulation, and some that it has not.
enum FuzzPlan {
    /// Requests that the simulation's plans do not hold.
    private static let others: [(method: String, head: String)] = [
        ("GET", "GET {} HTTP/1.0\r\n\r\n"),
        ("GET", "GET {} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"),
        ("HEAD", "HEAD {} HTTP/1.0\r\n\r\n"),
        ("GET", "GET http://a{} HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("OPTIONS", "OPTIONS {} HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"),
        (
            "POST",
            "POST {} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
        ),
        ("GET", "\r\nGET {} HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\n\r\n"),
    ]

    /// A client whose requests have targets that begin with `prefix`.
    static func make(_ prefix: String, using random: inout SeededGenerator) -> RandomPlan {
        var plan = RandomPlan(prefix, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: addOther(to: &plan, prefix, using: &random)
        case 1...3
        where !plan.endsInAttack && !plan.requests.contains { $0.target.hasSuffix("broken") }:
            Mutation.apply(to: &plan.bytes, using: &random)
            plan.isWild = true
        case 4 where !plan.isWild: addLargeBody(to: &plan, prefix, using: &random)
        default: break
        }
        return plan
    }

    private static func addOther(
        to plan: inout RandomPlan, _ prefix: String, using random: inout SeededGenerator
    ) {
        guard let other = others.randomElement(using: &random) else { return }
        let target = "\(prefix)/other"
        let long = Texts.bulk(Int.random(in: 0...9000, using: &random))
        let head = other.head.replacing("{}", with: target).replacing("{long}", with: long)
        reset(&plan, to: RandomPlan.Request(method: other.method, target: target, body: []))
        plan.bytes = Array(head.utf8)
    }

    /// More than all buffers on the way hold.
    private static func addLargeBody(
        to plan: inout RandomPlan, _ prefix: String, using random: inout SeededGenerator
    ) {
        let target = "\(prefix)/large"
        let body = Array(Texts.bulk(Int.random(in: 20_000...120_000, using: &random)).utf8)
        let head = "PUT \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n"
        reset(&plan, to: RandomPlan.Request(method: "PUT", target: target, body: body))
        plan.bytes = Array(head.utf8) + body
    }

    private static func reset(_ plan: inout RandomPlan, to request: RandomPlan.Request) {
        plan.requests = [request]
        (plan.isWild, plan.isLastDoubtful, plan.endsInAttack) = (false, false, false)
        plan.tunnel = nil
    }
}
