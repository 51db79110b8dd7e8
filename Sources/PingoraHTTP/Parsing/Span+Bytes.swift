/// Looking at bytes: the one file with unchecked reads of the parsers.
extension Span<UInt8> {
    /// The byte at `index`, which the caller has compared with the count.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 {
        // SAFETY: every caller loops below `count`.
        unsafe self[unchecked: index]
    }

    /// The first index from `start` whose byte is not of the class; the count if there is none.
    @inline(__always)
    func end(of isMember: (UInt8) -> Bool, from start: Int) -> Int {
        var index = start
        while index < count, isMember(byte(index)) { index &+= 1 }
        return index
    }

    /// The first index from `start` whose byte may not stand in a field value.
    ///
    /// Eight bytes at a time: a byte below 0x20 borrows from its top bit when 0x20 is subtracted,
    /// 0x7f becomes zero by exclusive or. The lowest mark of each is exact, and HTAB is passed.
    @inline(__always)
    func endOfValue(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= count {
            // SAFETY: index + 8 <= count.
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let controls = (word &- ones &* 0x20) & ~word
            let marked = word ^ (ones &* 0x7f)
            let deletes = (marked &- ones) & ~marked
            let stops = (controls | deletes) & tops
            if stops == 0 {
                index &+= 8
                continue
            }
            index &+= stops.trailingZeroBitCount &>> 3
            guard byte(index) == 0x09 else { return index }
            index &+= 1
        }
        return end(of: ByteClass.isValue, from: index)
    }

    /// The first index from `start` whose byte is not of a token.
    ///
    /// Eight bytes at a time as long as they are letters and hyphens, of which names are made.
    @inline(__always)
    func endOfToken(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= count {
            // SAFETY: index + 8 <= count.
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let lower = (word | ones &* 0x20) & ~tops
            let letters = (lower &+ ones &* 0x1f) & ~(lower &+ ones &* 0x05)
            let hyphens = ~(((word ^ ones &* 0x2d) & ~tops) &+ ones &* 0x7f)
            let others = ~(letters | hyphens) & tops | word & tops
            if others == 0 {
                index &+= 8
                continue
            }
            index &+= others.trailingZeroBitCount &>> 3
            guard ByteClass.isToken(byte(index)) else { return index }
            index &+= 1
        }
        return end(of: ByteClass.isToken, from: index)
    }

    /// Whether the bytes are those of `text`.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            // SAFETY: both have `count` bytes.
            guard unsafe byte(index) == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether the bytes are those of the lower-case `text`, but for the case of letters. Inlined:
    /// the text is known where it is called, and a few words are compared with constants.
    @inline(__always)
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefixIgnoringCase(text, at: 0)
    }

    /// Whether the bytes are those of `other`, but for the case of letters.
    func equalsIgnoringCase(_ other: borrowing Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            let (one, another) = (byte(index), other.byte(index))
            guard one == another || ByteClass.lowercase(one) == ByteClass.lowercase(another) else {
                return false
            }
        }
        return true
    }

    /// Whether the bytes begin with the lower-case `text` as CGI reads names, which can't tell `_`
    /// from `-` nor the case of letters (RFC 3875 §4.1.18).
    func hasCGIPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount {
            let byte = byte(index) == 0x5f ? 0x2d : byte(index) | 0x20
            // SAFETY: index is below the count of the text.
            guard unsafe byte == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether the lower-case `text`, of letters and hyphens, stands at `start`.
    @inline(__always)
    func hasPrefixIgnoringCase(_ text: StaticString, at start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start &+ length <= count else { return false }
        let lower: UInt64 = 0x2020_2020_2020_2020
        var index = 0
        while index &+ 8 <= length {
            // SAFETY: start + index + 8 <= start + length <= count.
            let word = unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: start &+ index, as: UInt64.self)
            let wanted = unsafe UnsafeRawPointer(text.utf8Start).loadUnaligned(
                fromByteOffset: index, as: UInt64.self)
            guard word | lower == wanted else { return false }
            index &+= 8
        }
        while index < length {
            // SAFETY: as above, for one byte.
            guard unsafe byte(start &+ index) | 0x20 == text.utf8Start[index] else { return false }
            index &+= 1
        }
        return true
    }
}

extension [UInt8] {
    /// Appends all of `bytes`, in one move of memory.
    mutating func append(bytes: borrowing Span<UInt8>) {
        // SAFETY: the buffer is copied before the borrow ends.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the bytes of `text`.
    mutating func append(static text: StaticString) {
        // SAFETY: a static string lives for ever.
        unsafe append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the `count` bytes of itself that begin at `start`.
    mutating func `repeat`(_ start: Int, count repeated: Int) {
        let end = count
        append(contentsOf: repeatElement(0, count: repeated))
        // SAFETY: both ranges lie within the array and do not overlap.
        unsafe withUnsafeMutableBufferPointer { all in
            guard let base = all.baseAddress else { return }
            unsafe (base + end).update(from: base + start, count: repeated)
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// Becomes a copy of `other`, keeping its own storage.
    mutating func assign(_ other: borrowing [Element]) { assign(other.span) }

    /// Becomes a copy of `source`, keeping its own storage.
    mutating func assign(_ source: borrowing Span<Element>) {
        // Messages are mostly like the ones before: overwriting an array of the same count is a
        // move of memory, resizing it costs hundreds of instructions.
        if count > source.count { removeLast(count - source.count) }
        let known = count
        // SAFETY: both have `known` elements, and are different memory; then the rest is copied
        // before the borrow ends.
        unsafe source.withUnsafeBufferPointer { source in
            unsafe withUnsafeMutableBufferPointer { copy in
                guard let to = copy.baseAddress, let from = source.baseAddress else { return }
                unsafe to.update(from: from, count: known)
            }
            if known < source.count {
                unsafe append(contentsOf: UnsafeBufferPointer(rebasing: source[known...]))
            }
        }
    }
}
