# TorrentClou. `make run` starts the whole platform, `make test` proves it, `make help` lists the rest.
# VARIANT=release|asan chooses the build, CC=clang the compiler; each pair has its own folder under build/.

VARIANT ?= release
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
B := build/$(VARIANT)-$(notdir $(CC))

PKGS := libpq hiredis libcurl jansson libjwt libsodium expat libcrypto
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
CPPFLAGS += -Ilib -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -DTC_FAULTS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_fuzz := -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_cover := -O0 -fsanitize=fuzzer -fprofile-instr-generate -fcoverage-mapping
CFLAGS += -std=c17 -g -pthread -fstack-protector-strong $(FLAGS_$(VARIANT)) $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wvla
CXXFLAGS += -std=c++17 -g -pthread $(FLAGS_$(VARIANT)) $(WARN)
LDFLAGS += -pthread $(filter -fsanitize% -fprofile%,$(FLAGS_$(VARIANT)))
LIBS = $(shell pkg-config --libs $(PKGS)) -lm
TORRENT_CXXFLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libtorrent-rasterbar 2>/dev/null))
TORRENT_LIBS = $(shell pkg-config --libs libtorrent-rasterbar) -lstdc++

LIB_SRC := $(wildcard lib/base/*.c lib/domain/*.c lib/net/*.c lib/store/*.c lib/queue/*.c lib/provider/*.c lib/torrent/*.c)
SHIM_SRC := $(wildcard lib/torrent/*.cc)
API_SRC := $(wildcard fcgi-app/*.c fcgi-app/handlers/*.c fcgi-app/services/*.c)
EDGE_SRC := $(wildcard fcgi-app/edge/*.c)
FRAME_SRC := $(wildcard workers/*.c workers/upload/*.c)
UNIT_HELP := $(filter-out tests/unit/test_% %/main.c,$(wildcard tests/unit/*.c workers/admin/*.c))
UNIT := $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BINS := $(addprefix $B/bin/torrentclou-,api api-edge torrent-worker gdrive-worker s3-worker admin)
obj = $(patsubst %,$B/obj/%.o,$(basename $(1)))

.PHONY: all help run stop test test-unit test-api test-e2e test-chaos test-image test-long fuzz check format bench web docs reliability image clean deps
all: $(BINS) web ## build the daemons and the web app

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## install what is missing (Debian packages; needs root)
	@scripts/deps.sh run
run: ## install, build and start everything under ./var; prints the address and the login
	@scripts/run.sh
stop: ## drain the workers and stop what `make run` started
	@scripts/stop.sh

test: ## every test; installs what the tests need
	@scripts/test.sh
test-long: ## with the long forms in full: 10,000 mutated requests an operation, every death three times; prints docs/reliability.md
	@LONG=1 scripts/test.sh && $(MAKE) --no-print-directory reliability
fuzz: ## FUZZ_SECONDS (60) of each fuzzer on all cores; finds are kept in build/fuzz
	@scripts/fuzz.sh long
check: ## style, layers, static analysis, both compilers
	@scripts/check.sh
format: ## apply the style
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.cc' '*.h')
bench: ## measure against rclone, aria2c and other real peers
	@scripts/bench.sh
web: ## build the web app to static/dist
	@scripts/web.sh build
image: ## build the container image and print its size
	@scripts/image.sh
test-image: ## build the image and use it as people do: first start, a stop in a job, an update, in parts, by compose, in a browser
	@scripts/deps.sh run build test containers
	@$(MAKE) --no-print-directory image all
	@tests/rig/rig run /usr/bin/python3 tests/rig/suite.py tests/image
docs: $B/bin/torrentclou-admin ## print the generated parts of docs/ again
	$< config-markdown > docs/configuration.md
reliability: ## print docs/reliability.md again, from the last run of the kill matrix
	scripts/reliability.py > docs/reliability.md.new && mv docs/reliability.md.new docs/reliability.md
# clang-tidy, one stamp per file beside its object: what has not changed is not looked at again.
TIDY := $(patsubst %.c,$B/tidy/%.ok,$(LIB_SRC) $(API_SRC) $(EDGE_SRC) $(FRAME_SRC) $(wildcard fcgi-app/fast/*.c workers/*/*.c tests/fuzz/*.c))
tidy: $(sort $(TIDY))
.PHONY: tidy
$B/tidy/%.ok: %.c $B/obj/%.o .clang-tidy
	@mkdir -p $(@D) && echo "tidy $<" && clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17 $(if $(filter-out lib/base/err.c,$<),-include tests/check/analyzer.h) 2>/dev/null && touch $@
clean: ## remove what was built
	rm -rf build static/dist

bins: $(BINS)
unit: $(UNIT)
fuzzers: $(FUZZ)
unit-list:
	@printf '%s\n' $(UNIT)
.PHONY: bins unit fuzzers unit-list
$B/lib.a: $(call obj,$(LIB_SRC))
$B/shim.a: $(call obj,$(SHIM_SRC))
$B/api.a: $(call obj,$(filter-out %/main.c,$(API_SRC)))
$B/%.a:
	@rm -f $@ && ar rcs $@ $^
$B/bin/torrentclou-api: $(call obj,$(API_SRC) $(wildcard fcgi-app/fast/*.c)) $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ -lfcgi $(LIBS)
$B/bin/torrentclou-api-edge: $(call obj,$(API_SRC) $(EDGE_SRC)) $B/shim.a $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ -lfcgi $(LIBS) $(TORRENT_LIBS)
$B/bin/torrentclou-torrent-worker: $(call obj,$(wildcard workers/torrent/*.c) $(FRAME_SRC)) $B/shim.a $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(TORRENT_LIBS)
$B/bin/torrentclou-gdrive-worker: $(call obj,$(wildcard workers/gdrive/*.c) $(FRAME_SRC)) $B/lib.a
$B/bin/torrentclou-s3-worker: $(call obj,$(wildcard workers/s3/*.c) $(FRAME_SRC)) $B/lib.a
$B/bin/torrentclou-admin: $(call obj,$(wildcard workers/admin/*.c)) $B/shim.a $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(TORRENT_LIBS)
$B/bin/torrentclou-%:
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$B/obj/%.o: %.c
	@mkdir -p $(@D) && echo "cc $<" && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$B/obj/%.o: %.cc
	@mkdir -p $(@D) && echo "c++ $<" && $(CXX) -Ilib -I. $(CXXFLAGS) $(TORRENT_CXXFLAGS) -MMD -MP -c -o $@ $<
$B/tests/%: $B/obj/tests/unit/%.o $(call obj,$(UNIT_HELP)) $B/api.a $B/shim.a $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lfcgi $(LIBS) $(TORRENT_LIBS)
# libFuzzer: VARIANT=fuzz or cover with CC=clang (scripts/fuzz.sh).
$B/metainfo.a: $(call obj,lib/torrent/metainfo_libtorrent.cc)
$B/fuzz/%: $B/obj/tests/fuzz/%.o $B/metainfo.a $B/api.a $B/lib.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(LIBS) $(TORRENT_LIBS)
-include $(shell find $B/obj -name '*.d' 2>/dev/null)
.SECONDARY:
