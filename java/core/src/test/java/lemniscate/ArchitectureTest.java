package lemniscate;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Gemm;
import lemniscate.network.DenseLayer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The directions in which packages may depend on each other, and what every class of the engine
 * keeps to. Packages that do not exist yet are listed already: a rule over no class holds.
 */
final class ArchitectureTest {
  /**
   * A package with its subpackages, and which of ours it may use besides itself, {@code config} and
   * {@code text}. {@code backend} stands for the interface; what implements it is found by
   * ServiceLoader.
   */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("text", List.of()),
          Map.entry("config", List.of()),
          Map.entry("journal", List.of()),
          Map.entry("random", List.of()),
          Map.entry("mup", List.of()),
          Map.entry("tensor", List.of("random", "mup")),
          Map.entry("backend", List.of("random", "mup", "tensor")),
          Map.entry("network", List.of("random", "mup", "tensor", "backend")),
          Map.entry("optim", List.of("random", "mup", "tensor", "backend", "network")),
          Map.entry("rule", List.of("random", "mup", "tensor", "backend", "network", "optim")),
          Map.entry("data", List.of("random", "mup", "tensor")),
          Map.entry(
              "train",
              List.of(
                  "random", "mup", "tensor", "backend", "network", "optim", "rule", "data",
                  "journal")),
          Map.entry(
              "timing", List.of("random", "mup", "tensor", "backend", "network", "optim", "rule")),
          Map.entry("theory", List.of("random", "mup")),
          Map.entry(
              "sweep",
              List.of(
                  "random", "mup", "tensor", "backend", "network", "optim", "rule", "data", "train",
                  "journal")),
          Map.entry(
              "study",
              List.of(
                  "random", "mup", "tensor", "backend", "network", "optim", "rule", "data", "train",
                  "theory", "sweep", "journal")),
          Map.entry(
              "claim",
              List.of(
                  "random", "mup", "tensor", "backend", "network", "optim", "rule", "data", "train",
                  "theory", "sweep", "study")));

  private static JavaClasses engine;

  @BeforeAll
  static void readClasses() {
    engine =
        new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("lemniscate");
  }

  @Test
  void everyPackageIsListed() {
    assertThat(engine).as("classes read").isNotEmpty();
    assertThat(engine.stream().map(ArchitectureTest::topPackage).distinct())
        .as("top packages of the engine (a new one needs its directions in MAY_USE)")
        .isSubsetOf(Stream.concat(MAY_USE.keySet().stream(), Stream.of("")).toList());
  }

  static Stream<String> packages() {
    return MAY_USE.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void dependsOnlyOnWhatItMay(String name) {
    List<String> allowed =
        Stream.concat(Stream.of(name, "config", "text"), MAY_USE.get(name).stream())
            .distinct()
            .map(ArchitectureTest::within)
            .toList();
    noClasses()
        .that()
        .resideInAPackage(within(name))
        .should()
        .dependOnClassesThat(
            resideInAPackage("lemniscate..")
                .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
        .as(name + " may depend on nothing of ours but " + allowed)
        .allowEmptyShould(true)
        .check(engine);
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void implementingBackendsAreFoundByServiceLoaderOnly(String implementation) {
    noClasses()
        .that()
        .resideOutsideOfPackage(within(implementation))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(within(implementation))
        .allowEmptyShould(true)
        .check(engine);
  }

  static Stream<String> implementations() {
    return Stream.of("backend.reference", "backend.cpu");
  }

  @Test
  void rulesDoNotKnowEachOther() {
    slices()
        .matching("lemniscate.rule.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(engine);
  }

  @Test
  void whatRulesShareDoesNotKnowThem() {
    noClasses()
        .that()
        .resideInAPackage("lemniscate.rule")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("lemniscate.rule.*..")
        .allowEmptyShould(true)
        .check(engine);
  }

  /**
   * Products on a network's weights are made by its units: who makes products of other matrices
   * does not see weights as matrices.
   */
  @Test
  void productsOnWeightsAreMadeByUnits() {
    noClasses()
        .that()
        .resideOutsideOfPackages("lemniscate.network..", "lemniscate.backend..")
        .and(MAKE_PRODUCTS)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(DenseLayer.class)
        .check(engine);
  }

  @Test
  void trainingKnowsNoRuleByName() {
    noClasses()
        .that()
        .resideInAnyPackage("lemniscate.config..", "lemniscate.train..", "lemniscate.sweep..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("lemniscate.rule.*..")
        .as("rules are found by ServiceLoader only")
        .check(engine);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices()
        .matching("lemniscate.(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(engine);
    slices()
        .assignedFrom(EACH_PACKAGE)
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(engine);
  }

  @Test
  void classesAreFinalSealedOrPureTypes() {
    classes().should(ClosedTypes.BE_CLOSED).check(engine);
  }

  @Test
  void nobodyNeedsAnIncubatingModule() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator..")
        .allowEmptyShould(true)
        .check(engine);
  }

  @Test
  void engineNeitherPrintsNorExits() {
    noClasses().should(ACCESS_STANDARD_STREAMS).allowEmptyShould(true).check(engine);
    noClasses()
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .allowEmptyShould(true)
        .check(engine);
  }

  private static final DescribedPredicate<JavaClass> MAKE_PRODUCTS =
      DescribedPredicate.describe(
          "make products",
          type ->
              type.getDirectDependenciesFromSelf().stream()
                  .anyMatch(dependency -> dependency.getTargetClass().isEquivalentTo(Gemm.class)));

  /** A package and its subpackage are two slices here. */
  private static final SliceAssignment EACH_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return type.getPackageName().startsWith("lemniscate")
              ? SliceIdentifier.of(type.getPackageName())
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "single packages";
        }
      };

  private static String within(String name) {
    return "lemniscate." + name + "..";
  }

  private static String topPackage(JavaClass type) {
    String[] parts = type.getPackageName().split("\\.");
    return parts.length > 1 ? parts[1] : "";
  }
}
