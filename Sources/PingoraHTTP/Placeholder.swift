// PingoraHTTP
