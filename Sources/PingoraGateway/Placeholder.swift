// PingoraGateway
