// PingoraConfig
