package lemniscate;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** What every type of the project keeps to, for the architecture tests of all modules. */
public final class ClosedTypes {

  /**
   * Anonymous and nested classes too; what the compiler makes for a lambda or switch is its own.
   */
  public static final ArchCondition<JavaClass> BE_CLOSED =
      new ArchCondition<>("be final, sealed, a record, an enum or an interface") {
        @Override
        public void check(JavaClass type, ConditionEvents events) {
          boolean closed =
              type.isInterface()
                  || type.isEnum()
                  || type.isRecord()
                  || type.isAnonymousClass()
                  || type.getModifiers().contains(JavaModifier.FINAL)
                  || type.getModifiers().contains(JavaModifier.SYNTHETIC)
                  || type.reflect().isSealed();
          events.add(
              new SimpleConditionEvent(type, closed, type.getName() + " is open to extension"));
        }
      };

  private ClosedTypes() {}
}
