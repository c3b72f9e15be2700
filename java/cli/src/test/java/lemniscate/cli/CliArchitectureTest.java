package lemniscate.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** What the command line keeps to. */
final class CliArchitectureTest {

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("lemniscate.cli");

  @Test
  void onlyReportsKnowHowFiguresAreDrawn() {
    noClasses()
        .that()
        .resideOutsideOfPackage("lemniscate.cli.report")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.knowm..", "de.erichseifert..", "java.awt..", "javax.imageio..")
        .check(classes);
  }

  @Test
  void reportsDoNotKnowTheCommands() {
    noClasses()
        .that()
        .resideInAPackage("lemniscate.cli.report")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("lemniscate.cli")
        .check(classes);
  }
}
