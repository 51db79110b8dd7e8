// PingoraLB
