// PingoraProxy
