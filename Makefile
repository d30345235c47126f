# Steelyard's build. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

JAVA_HOME := $(shell .ci/find-jdk)
export JAVA_HOME
JAVA := $(JAVA_HOME)/bin/java
MVN ?= mvn
MAVEN := $(MVN) -B -ntp -Dstyle.color=never
# The heap's share of the container's memory: MemoryShares. Below some 250 MiB a JVM goes by the "minimum" one.
JVM_FLAGS := --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -XX:MinRAMPercentage=35 -XX:MaxRAMPercentage=35
APP := target/quarkus-app/quarkus-run.jar
SOURCES := pom.xml $(shell find src/main -type f)
# The image builder: an installed GraalVM or Mandrel 25, else one that native/toolchain assembles here.
NATIVE_HOME ?= $(HOME)/.cache/steelyard/graalvm

# What a profiler needs of an executable; nothing else differs. The ordinary one stays as it is.
WITH_SYMBOLS := ,-H:+UnlockExperimentalVMOptions,-H:-DeleteLocalSymbols,-H:+PreserveFramePointer
NATIVE_TARGET := $(if $(SYMBOLS),target/symbols,target)

ifdef CONFIG
RUN_CONFIG := --config $(CONFIG)
endif

# Where make bench keeps what it fetches and makes once.
BENCH_CACHE ?= $(HOME)/.cache/steelyard-bench
# A Debian suite whose haproxy, nginx, hitch and wrk are used; "installed" is this machine's own.
BENCH_SUITE ?= unstable
BENCH_BUILD = $(MAVEN) -q -Pbench test-compile dependency:build-classpath -Dmdep.outputFile=target/bench/classpath
BENCH_JAVA = exec $(JAVA) -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "target/bench/classes:$$(cat target/bench/classpath)"
BENCH = set -e; peers=$$(src/bench/peers "$(BENCH_CACHE)" "$(BENCH_SUITE)"); \
    $(BENCH_JAVA) io.steelyard.bench.Bench --peers="$$peers" --cache="$(BENCH_CACHE)"
FLAMES_ROWS := keep-alive,full-ecdsa,download
FLAMES_OF ?= $(firstword $(wildcard target/symbols/*-runner) none)

.PHONY: help build run demo test verify check format native native-test bench bench-compare flames jmh clean jdk tools peers

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(APP) ## Build target/quarkus-app (no tests)

run: $(APP) ## Run it: make run CONFIG=steelyard.yaml, or ARGS="validate FILE"
	@exec $(JAVA) $(JVM_FLAGS) -jar $(APP) $(or $(ARGS),run $(RUN_CONFIG))

demo: $(APP) ## A listener, a throw-away certificate and two backends; no configuration needed
	@exec $(JAVA) $(JVM_FLAGS) -jar $(APP) demo $(ARGS)

test: tools ## Unit tests; need nothing but a JDK and Maven
	$(MAVEN) test

verify: tools peers ## Scenario tests with real peers (haproxy, nginx, openssl, testssl.sh, curl)
	$(MAVEN) -Pverify verify

check: tools ## Format, Error Prone, NullAway, and the architecture's rules
	$(MAVEN) -q spotless:check
	@# Not -Werror: javac would stop at the first file with a warning. From scratch: what is not compiled warns of nothing.
	@rm -rf target/check && mkdir -p target/check
	@set -o pipefail; $(MAVEN) -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Pcheck test \
	    -Dtest='ArchitectureTest,TestDisciplineTest' | tee target/check/warnings.txt
	@# javac's own warning of sun.misc.Signal cannot be switched off; there is no other way to hear of a signal and live on.
	@! grep '^\[WARNING\] .*\.java:' target/check/warnings.txt | grep -v 'sun.misc.Signal is internal' \
	    || { echo "warnings fail make check" >&2; exit 1; }

format: tools ## Lay out all sources
	$(MAVEN) -q spotless:apply

native: tools ## Build the native executable (3 minutes, 3 GB); SYMBOLS=1: one for make flames, elsewhere
	@set -e; GRAALVM_HOME=$$(native/graalvm-home "$(NATIVE_HOME)"); export GRAALVM_HOME; \
	$(MAVEN) -Dnative $(if $(MARCH),-Dnative.march=$(MARCH)) $(if $(LEVEL),-Dnative.level=$(LEVEL)) \
	    $(if $(SYMBOLS),-Dnative.more=$(WITH_SYMBOLS) -Dsteelyard.build.directory=$(CURDIR)/$(NATIVE_TARGET)) \
	    -Dmaven.test.skip package
	@native/libraries $(NATIVE_TARGET)

native-test: tools ## Scenario tests against the native executable
	@ls target/*-runner >/dev/null 2>&1 || { echo "no executable: run make native first" >&2; exit 1; }
	@native/toolchain/test.sh
	@[ "$$(id -u)" = 0 ] || echo "not root: the check of the image's files (NativeImageIT) is left out" >&2
	$(MAVEN) -Pnative-test $(if $(filter 0,$(shell id -u)),,'-Dit.test=!NativeImageIT') verify

bench: $(APP) ## Measure beside haproxy, nginx and hitch: make bench ROW=2 ROUNDS=5 SECONDS=1 BALANCERS=steelyard,nginx
	@ls target/*-runner >/dev/null 2>&1 || echo "no native executable (make native): only the JVM form is measured" >&2
	@$(BENCH_BUILD)
	@$(BENCH) --rows="$(ROW)" --balancers="$(BALANCERS)" --rounds="$(ROUNDS)" --seconds="$(SECONDS)" --jar="$(APP)" \
	    --executable="$(firstword $(wildcard target/*-runner) none)" --jvm-flags="$(JVM_FLAGS)"

bench-compare: jdk ## Say whether runs agree on who is ahead: make bench-compare REPORTS="a.json b.json c.json"
	@$(BENCH_BUILD)
	@$(BENCH_JAVA) io.steelyard.bench.Compare $(REPORTS)

flames: tools ## Flame graphs of target/symbols (make native SYMBOLS=1): make flames ROW=keep-alive,full-ecdsa,download
	@command -v perf >/dev/null || { echo "no perf: install it (Debian: apt install linux-perf)" >&2; exit 1; }
	@[ -x "$(FLAMES_OF)" ] || { echo "no executable with symbols: run make native SYMBOLS=1 first" >&2; exit 1; }
	@$(BENCH_BUILD)
	@$(BENCH) --flames=yes --rows="$(or $(ROW),$(FLAMES_ROWS))" --balancers=steelyard --seconds="$(or $(SECONDS),6)" \
	    --executable="$(FLAMES_OF)" --jar=none

jmh: $(APP) ## Measure single parts: make jmh ARGS="Schedulers -f 1"
	@$(MAVEN) -q -Pjmh test-compile dependency:build-classpath -Dmdep.outputFile=target/jmh/classpath
	@exec $(JAVA) -cp "target/jmh/classes:target/classes:$$(cat target/jmh/classpath)" org.openjdk.jmh.Main \
	    -jvmArgs "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" $(ARGS)

clean: ## Remove everything built
	rm -rf target

$(APP): $(SOURCES) | tools
	@echo "building $(APP)"
	@$(MAVEN) -q -Dmaven.test.skip package
	@touch $@

jdk:
	@[ -n "$(JAVA_HOME)" ] || { echo "no JDK 25 or newer found: install one (https://adoptium.net/temurin/releases/?version=25) or set JAVA_HOME" >&2; exit 1; }

tools: jdk
	@command -v $(firstword $(MVN)) >/dev/null || { echo "no Maven found: install Maven 3.8.7 or newer (Debian: apt install maven)" >&2; exit 1; }

peers:
	@.ci/peers
