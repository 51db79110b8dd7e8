// PingoraCore
