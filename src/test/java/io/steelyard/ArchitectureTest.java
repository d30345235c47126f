package io.steelyard;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The rooms and doors of {@code src/docs/architecture.md}, and what the house forbids everywhere.
 * Plain ArchUnit in Jupiter tests, so that every rule is counted and reported like any other test.
 */
class ArchitectureTest {
  private static final String ROOT = "io.steelyard";

  /** The product's classes, wherever the build put them; not the tests beside them. */
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages(ROOT);

  /** Which of our packages each may import. The root sees all and is seen by none. */
  private static final Map<String, Set<String>> DOORS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("config", Set.of()),
              Map.entry("flow", Set.of("config")),
              Map.entry("wire", Set.of("config")),
              Map.entry("backend", Set.of("config")),
              Map.entry("tls", Set.of("wire", "flow", "config")),
              Map.entry("relay", Set.of("backend", "tls", "wire", "flow", "config")),
              Map.entry("http", Set.of("backend", "tls", "wire", "flow", "config")),
              Map.entry("health", Set.of("backend", "tls", "wire", "config")),
              Map.entry(
                  "listener", Set.of("relay", "http", "backend", "tls", "wire", "flow", "config")),
              Map.entry(
                  "control",
                  Set.of(
                      "listener", "health", "relay", "backend", "tls", "wire", "flow", "config")),
              Map.entry("telemetry", Set.of("control", "backend", "flow", "config")),
              Map.entry("admin", Set.of("control", "backend", "config")),
              Map.entry("machine", Set.of("config")),
              Map.entry(
                  "command",
                  Set.of("admin", "telemetry", "control", "machine", "backend", "tls", "config"))));

  private static final String[] EVENT_LOOP_ROOMS = rooms("listener", "relay", "http", "health");

  private static final String[] FRAMEWORKS = {
    "jakarta..", "io.quarkus..", "org.eclipse.microprofile.."
  };

  /** What can be waited for, and its methods that do wait. Vert.x's own {@code join} does not. */
  private static final Map<String, Set<String>> WAITS =
      Map.of(
          "java.util.concurrent.Future",
          Set.of("get", "join", "await", "awaitUninterruptibly", "sync", "syncUninterruptibly"),
          "io.vertx.core.Future",
          Set.of("await"),
          "java.util.concurrent.CountDownLatch",
          Set.of("await"),
          "java.util.concurrent.CyclicBarrier",
          Set.of("await"),
          "java.util.concurrent.locks.Condition",
          Set.of("await", "awaitNanos", "awaitUninterruptibly", "awaitUntil"),
          "java.util.concurrent.Semaphore",
          Set.of("acquire", "acquireUninterruptibly"),
          "java.util.concurrent.BlockingQueue",
          Set.of("take", "put"),
          "java.lang.Thread",
          Set.of("join"),
          "java.lang.Object",
          Set.of("wait"));

  private static String[] rooms(String... names) {
    return Stream.of(names).map(name -> ROOT + "." + name + "..").toArray(String[]::new);
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(PRODUCT);
  }

  @Test
  void import_ofTheProduct_findsClasses() {
    assertThat(PRODUCT).hasSizeGreaterThan(30);
  }

  @Test
  void packages_all_areRoomsOfTheHouse() {
    check(
        classes()
            .should()
            .resideInAnyPackage(
                Stream.concat(
                        Stream.of(ROOT), Stream.of(rooms(DOORS.keySet().toArray(String[]::new))))
                    .toArray(String[]::new))
            .because("a new package enters the table of doors, and architecture.md, first"));
  }

  @TestFactory
  Stream<DynamicTest> doors_perRoom_areThoseOfTheTable() {
    return DOORS.entrySet().stream()
        .map(door -> DynamicTest.dynamicTest(door.getKey(), () -> check(door(door))));
  }

  private static ArchRule door(Map.Entry<String, Set<String>> door) {
    String[] allowed =
        Stream.concat(Stream.of(door.getKey()), door.getValue().stream())
            .map(name -> ROOT + "." + name + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(ROOT + "." + door.getKey() + "..")
        .should()
        .dependOnClassesThat(resideInAnyPackage(ROOT + "..").and(resideOutsideOfPackages(allowed)))
        .because("data flows one way: " + door.getKey() + " may import " + door.getValue());
  }

  @Test
  void packages_all_areFreeOfCycles() {
    check(
        slices()
            .matching(ROOT + ".(*)..")
            .should()
            .beFreeOfCycles()
            .because("each room can be read, and tested, after those below it alone"));
  }

  @Test
  void words_dataAndChoosing_knowNoVertx() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(rooms("config", "flow", "backend"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..")
            .because("what the operator wrote, what happened and who is chosen never wait"));
  }

  @Test
  void netty_outsideTheDataPath_isUnknown() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(rooms("control", "telemetry", "admin", "command"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..")
            .because("the table names Netty for the data path, and the machine, alone"));
  }

  @Test
  void wire_ofNetty_knowsBuffersOnly() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(rooms("wire"))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("io.vertx..", "io.netty..")
                    .and(resideOutsideOfPackages("io.netty.buffer..", "io.netty.util..")))
            .because("bytes to records and back: no sockets"));
  }

  @Test
  void vertxInternals_outsideTheDataPath_areUnknown() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(rooms("tls", "relay", "http", "health", "listener"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.impl..", "io.vertx.core.net.impl..")
            .because("they change without notice: each use is a line in decisions.md"));
  }

  @Test
  void meters_outsideTelemetry_areUnknown() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(rooms("telemetry"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..")
            .because("telemetry looks in at a window; the data path tells FlowObserver"));
  }

  @Test
  void frameworks_outsideRootAndAdmin_areUnknown() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".admin..", ROOT + ".command..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(FRAMEWORKS)
            .because("the root builds the object graph by hand, once"));
  }

  @Test
  void frameworks_ofTheCommands_areTheWordForJvmOrExecutableAlone() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(rooms("command"))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(FRAMEWORKS)
                    .and(
                        describe(
                            "are not that word",
                            type -> !type.getFullName().equals("io.quarkus.runtime.ImageMode"))))
            .because("they are answered before Quarkus starts"));
  }

  @Test
  void documentFormats_outsideConfigAndAdmin_areUnknown() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".config..", ROOT + ".admin..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.fasterxml.jackson..", "org.yaml..", "org.snakeyaml..")
            .because("text becomes records in one place"));
  }

  @Test
  void names_all_sayWhatTheThingIs() {
    check(
        noClasses()
            .should()
            .haveNameMatching(
                ".*[.$]([A-Z]\\w*)?(Util|Helper|Manager|Impl|Common|Base|Info)s?([A-Z0-9]\\w*)?")
            .because("these words fit everything and say nothing (see the lexicon)"));
  }

  @Test
  void configurationAndStatus_all_areRecords() {
    check(
        classes()
            .that()
            .resideInAnyPackage(rooms("config", "control"))
            .and()
            .haveNameMatching(".*(Config|Status|BalancerDocument)")
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .should()
            .beRecords()
            .because("a reader keeps the snapshot it took"));
  }

  @Test
  void topLevelClasses_all_areFinalOrSealed() {
    check(
        classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and(describe("are not abstract", (JavaClass c) -> !isAbstract(c)))
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .haveModifier(JavaModifier.FINAL)
            .because("nothing here is meant to be inherited from"));
  }

  private static boolean isAbstract(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.ABSTRACT);
  }

  @Test
  void waiting_onAnEventLoop_isForbidden() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(EVENT_LOOP_ROOMS)
            .should()
            .accessTargetWhere(waits())
            .because("one waiting flow stops every flow of its event loop"));
  }

  private static DescribedPredicate<JavaAccess<?>> waits() {
    return describe(
        "a future, lock or thread is waited for",
        access ->
            WAITS.entrySet().stream()
                .anyMatch(
                    wait ->
                        access.getTargetOwner().isAssignableTo(wait.getKey())
                            && wait.getValue().contains(access.getTarget().getName())));
  }

  @Test
  void sleeping_anywhere_isForbidden() {
    check(
        noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", Duration.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class, int.class)
            .because("delays come from a timer that a test can turn"));
  }

  @Test
  void console_outsideTheCommands_isForbidden() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .because("only a command answers on the console; all else is logged"));
  }

  @Test
  void stackTraces_onTheConsole_areForbidden() {
    check(
        noClasses()
            .should()
            .callMethod(Throwable.class, "printStackTrace")
            .because("a log line has a level and a category; this has neither"));
  }

  @Test
  void exits_outsideTheCommands_areForbidden() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .callMethod(System.class, "exit", int.class)
            .because("what ends the process is decided in one place"));
  }

  @Test
  void defaultCharsetAndLocale_anywhere_areForbidden() {
    List<ArchRule> rules =
        List.of(
            noClasses().should().callMethod(String.class, "getBytes"),
            noClasses().should().callConstructor(String.class, byte[].class),
            noClasses().should().callMethod(String.class, "toLowerCase"),
            noClasses().should().callMethod(String.class, "toUpperCase"));
    rules.forEach(rule -> check(rule.because("the same document means the same on every machine")));
  }
}
