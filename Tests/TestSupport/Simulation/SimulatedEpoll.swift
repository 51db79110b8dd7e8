import CLinux
import Glibc

/// An epoll of the simulation: edge-triggered interests are told once per event, others as long
/// as they are ready.
final class SimulatedEpoll {
    private struct Interest {
        var events: UInt32
        var token: UInt64
        var marked: UInt32
    }

    private var interests: [CInt: Interest] = [:]

    func add(_ descriptor: CInt, _ events: UInt32, _ token: UInt64, ready: UInt32) {
        interests[descriptor] = Interest(events: events, token: token, marked: ready)
    }

    func forget(_ descriptor: CInt) {
        interests[descriptor] = nil
    }

    func mark(_ descriptor: CInt, _ bits: UInt32) {
        interests[descriptor]?.marked |= bits
    }

    func take(
        into events: UnsafeMutablePointer<epoll_event>, capacity: Int, kernel: SimulatedKernel
    ) -> Int {
        var order = interests.keys.sorted()
        order.shuffle(using: &kernel.random)
        var count = 0
        for descriptor in order where count < capacity {
            guard var interest = interests[descriptor] else { continue }
            let always = EPOLLERR.rawValue | EPOLLHUP.rawValue
            // As in Linux, an edge reports what is true when it is told, and nothing if by then
            // nothing is.
            let isEdge = interest.events & EPOLLET.rawValue != 0
            guard !isEdge || interest.marked != 0 else { continue }
            let reported = kernel.readyBits(descriptor) & (interest.events | always)
            guard reported != 0 else { continue }
            interest.marked = 0
            interests[descriptor] = interest
            kernel.sockets[descriptor]?.noteReport(reported)
            clinux_event_set(events, count, reported, interest.token)
            count += 1
        }
        return count
    }
}
