/// The counter itself: an exact 0 and an exact 1, so that a broken hook is noticed.
let counterBenchmarks = [
    Benchmark(name: "counter: no allocation") { count in
        var sum = 0
        for index in 0..<count { sum &+= index }
        keep(sum)
    },
    Benchmark(name: "counter: one class instance") { count in
        for index in 0..<count { keep(Box(index)) }
    },
]

private final class Box {
    let value: Int

    init(_ value: Int) { self.value = value }
}
