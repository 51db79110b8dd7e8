/// The acceptors of one loop, touched on its thread only.
///
/// An object of its own, since a change of one element changes the array that holds it: of an array
/// of arrays, two loops must not change even two different elements at once.
final class LoopAcceptors {
    var all: [Acceptor] = []
}
