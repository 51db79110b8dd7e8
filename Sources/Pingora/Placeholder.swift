// Pingora
