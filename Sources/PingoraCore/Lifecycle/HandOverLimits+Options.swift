import PingoraUpgrade

extension HandOverLimits {
    /// The limits that the options give; the others as they are by default.
    init(_ options: UpgradeOptions) {
        self.init()
        preparation = options.preparation.duration
        probation = options.probation.duration
    }
}
