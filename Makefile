# GNU make. `make help` lists the targets.

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN := $(DESTDIR)$(PREFIX)/bin
SHARE := $(DESTDIR)$(PREFIX)/share
TOOLS := $(basename $(notdir $(wildcard bin/*.rs)))

.PHONY: help build try test check bench install clean

help:
	@echo 'make try      build (in half the time of a release) and go the whole way to a data set, in try/'
	@echo 'make test     run all tests'
	@echo 'make check    formatting, clippy, rustdoc, and the lint of the manual'
	@echo 'make bench    measure (see benches/README.md)'
	@echo 'make install  binaries, manual and completions into PREFIX ($(PREFIX)); DESTDIR'
	@echo 'make clean    remove what was built, and what is in try/'

build:
	$(CARGO) build --release --locked

try:
	$(CARGO) build --profile try --locked --bins
	@TRY_BIN='$(TARGET)/try' bash try/run

test:
	$(CARGO) test --locked

check:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --locked
	@if command -v mandoc >/dev/null; then \
	  echo 'mandoc -T lint man/*'; mandoc -T lint -W warning man/*.[157]; \
	else echo 'NOT CHECKED: the manual, mandoc is not installed'; fi

bench: build
	benches/validate '$(TARGET)/release/chatml-validate'

install: build
	install -d '$(BIN)' '$(SHARE)/man/man1' '$(SHARE)/man/man5' \
	  '$(SHARE)/bash-completion/completions' '$(SHARE)/zsh/site-functions' \
	  '$(SHARE)/fish/vendor_completions.d'
	set -e; for tool in $(TOOLS); do \
	  built="$(TARGET)/release/$$tool"; \
	  install -m 755 "$$built" '$(BIN)'; \
	  install -m 644 "man/$$tool.1" '$(SHARE)/man/man1'; \
	  "$$built" --generate complete-bash > '$(SHARE)/bash-completion/completions'/"$$tool"; \
	  "$$built" --generate complete-zsh > '$(SHARE)/zsh/site-functions'/"_$$tool"; \
	  "$$built" --generate complete-fish > '$(SHARE)/fish/vendor_completions.d'/"$$tool.fish"; \
	done
	install -m 644 man/chatml.5 '$(SHARE)/man/man5'

clean:
	$(CARGO) clean
	bash try/run clean
