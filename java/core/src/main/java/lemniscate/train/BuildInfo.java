package lemniscate.train;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * Which build of the program this is.
 *
 * @param version of the release, or {@code development} where the classes are in no jar
 * @param commit of the source, or {@code unknown}
 */
public record BuildInfo(String version, String commit) {

  private static final String MAVEN =
      "/META-INF/maven/io.github.lemniscate/lemniscate-core/pom.properties";
  private static final String BUILD = "/lemniscate/build.properties";

  /** The running build. */
  public static BuildInfo current() {
    Properties properties = new Properties();
    for (String resource : new String[] {MAVEN, BUILD}) {
      try (InputStream in = BuildInfo.class.getResourceAsStream(resource)) {
        if (in != null) {
          properties.load(in);
        }
      } catch (IOException e) {
        // Missing facts have their words below.
      }
    }
    return new BuildInfo(
        properties.getProperty("version", "development"),
        properties.getProperty("commit", "unknown"));
  }
}
