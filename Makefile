.PHONY: test
test:
	scripts/bootstrap
	swift test
