package lemniscate.cuda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import lemniscate.ClosedTypes;
import org.junit.jupiter.api.Test;

/** What the CUDA backend keeps to. */
final class CudaArchitectureTest {

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("lemniscate.cuda");

  @Test
  void classesAreFinalSealedOrPureTypes() {
    classes().should(ClosedTypes.BE_CLOSED).check(classes);
  }

  @Test
  void launchersKnowNoDriver() {
    noClasses()
        .that()
        .resideInAnyPackage("lemniscate.cuda", "lemniscate.cuda.kernel..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jcuda..")
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void driversKnowNoLauncher() {
    noClasses()
        .that()
        .resideInAPackage("lemniscate.cuda.driver..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("lemniscate.cuda", "lemniscate.cuda.kernel..")
        .check(classes);
  }
}
