print("pingora-lb")
