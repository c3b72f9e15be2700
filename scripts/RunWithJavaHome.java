import java.util.List;

/** Runs a program with {@code JAVA_HOME} set to the JDK that runs this. */
final class RunWithJavaHome {

  private RunWithJavaHome() {}

  public static void main(String[] command) throws Exception {
    ProcessBuilder program = new ProcessBuilder(List.of(command)).inheritIO();
    program.environment().put("JAVA_HOME", System.getProperty("java.home"));
    System.exit(program.start().waitFor());
  }
}
