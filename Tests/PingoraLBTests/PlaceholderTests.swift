import Testing

@Test("the suite builds") func builds() {}
