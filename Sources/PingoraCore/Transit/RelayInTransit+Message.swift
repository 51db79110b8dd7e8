import PingoraUpgrade

/// A request on its way as it stands in the protocol (docs/UPGRADE_PROTOCOL.md).
extension RelayInTransit {
    var message: MovingRelay {
        var message = MovingRelay()
        message.hasResponse = hasResponse
        message.isPersistent = isPersistent
        message.mustLinger = mustLinger
        (message.clientReading, message.serverWriting) = (
            upload.reading.message, upload.writing.message
        )
        (message.serverReading, message.clientWriting) = (
            download.reading.message, download.writing.message
        )
        message.uploadReady = UInt32(clamping: upload.ready)
        message.downloadReady = UInt32(clamping: download.ready)
        message.firstByteMilliseconds = firstByte.milliseconds
        message.readMilliseconds = read.milliseconds
        message.writeMilliseconds = write.milliseconds
        return message
    }

    init(_ message: MovingRelay) {
        hasResponse = message.hasResponse
        isPersistent = message.isPersistent
        mustLinger = message.mustLinger
        upload.reading = BodyPlace(message.clientReading)
        upload.writing = BodyPlace(message.serverWriting)
        upload.ready = Int(message.uploadReady)
        download.reading = BodyPlace(message.serverReading)
        download.writing = BodyPlace(message.clientWriting)
        download.ready = Int(message.downloadReady)
        firstByte = .milliseconds(Int(message.firstByteMilliseconds))
        read = .milliseconds(Int(message.readMilliseconds))
        write = .milliseconds(Int(message.writeMilliseconds))
    }
}

extension BodyPlace {
    fileprivate var message: MovingRelay.Place {
        // Both count the same kinds.
        MovingRelay.Place(.init(rawValue: kind.rawValue) ?? .end, left: UInt64(clamping: left))
    }

    fileprivate init(_ place: MovingRelay.Place) {
        self.init(Kind(rawValue: place.kind.rawValue) ?? .end, left: Int(clamping: place.left))
    }
}

extension TimeLimit {
    fileprivate var milliseconds: UInt32 { UInt32(clamping: nanoseconds / 1_000_000) }
}
