package io.steelyard;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A test that is skipped, retried or mocked proves nothing: none of ours may be. */
class TestDisciplineTest {
  private static final JavaClasses TESTS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .withImportOption(location -> location.contains("/test-classes/"))
          .importPackages("io.steelyard");

  @Test
  void tests_all_run() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "org\\.junit\\.jupiter\\.api\\.(Disabled|condition\\..*|Assumptions)"
                + "|org\\.assertj\\.core\\.api\\.Assum.*"
                + "|org\\.junit\\.jupiter\\.api\\.extension\\.ExecutionCondition")
        .because("a test that does not run is not green")
        .check(TESTS);
  }

  @Test
  void tests_all_waitForConditions() {
    noClasses()
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", Duration.class)
        .because("a pause is too long on one machine and too short on another")
        .check(TESTS);
  }

  @Test
  void doubles_all_areHandWritten() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.mockito..", "org.easymock..", "io.quarkus.test.junit.mockito..")
        .because("a double of the testkit keeps the contract; a mock repeats the caller's belief")
        .check(TESTS);
  }

  @Test
  void testMethods_all_areNamedSubjectConditionOutcome() {
    methods()
        .that()
        .areAnnotatedWith(Test.class)
        .should()
        .haveNameMatching("[a-zA-Z0-9]+(_[a-zA-Z0-9]+){1,3}")
        .because("the list of test names is the specification")
        .check(TESTS);
  }
}
