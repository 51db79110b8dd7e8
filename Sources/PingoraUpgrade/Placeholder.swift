// PingoraUpgrade
