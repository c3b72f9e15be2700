package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lemniscate.claim.Claims;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReproduceCommandTest {

  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  private CommandLineRun reproduce(String... further) {
    List<String> args = new ArrayList<>(List.of("reproduce"));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void listsTheClaims() throws IOException {
    CommandLineRun run = reproduce("--list", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("claims"))
        .extracting(claim -> claim.get("claim").asText())
        .containsExactlyElementsOf(Claims.ids());
    assertThat(reproduce("--list", "kappa").out()).startsWith("kappa  ");
  }

  @Test
  void measuresAClaimAndGoesOnWithIt() throws IOException {
    CommandLineRun run =
        reproduce("pc-is-bp", "--out", out().toString(), "--backend", "cpu", "--json", "--check");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("1/1 pc-is-bp: measuring").contains("1/1 pc-is-bp: pass");
    JsonNode json = run.json();
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("preset", "claims", "verdict", "report");
    JsonNode claim = json.get("claims").get(0);
    assertThat(claim.fieldNames())
        .toIterable()
        .containsExactly(
            "claim",
            "sentence",
            "source",
            "command",
            "change",
            "published",
            "verdict",
            "checks",
            "seconds",
            "commit",
            "settings");
    assertThat(claim.get("checks")).hasSize(4);
    assertThat(claim.get("checks").get(0).get("low").isNull()).isTrue();
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    String page = Files.readString(out().resolve("report.html"));
    assertThat(page)
        .contains("<h2 id=\"pc-is-bp\">")
        .contains("What would change it:")
        .contains("lemniscate reproduce pc-is-bp --preset minutes");
    assertThat(out().resolve("pc-is-bp.svg")).exists();
    assertThat(Files.readString(out().resolve("claims.md"))).contains("| `pc-is-bp` | largest");

    CommandLineRun again = reproduce("pc-is-bp", "--out", out().toString());
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("--resume");
    CommandLineRun resumed =
        reproduce("pc-is-bp", "--out", out().toString(), "--backend", "cpu", "--resume");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("measured before").doesNotContain("measuring");
    assertThat(resumed.out()).contains("1 claims: 1 pass, 0 fail, 0 inconclusive.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing | CLAIM is 'nothing'",
        "all --preset day | --preset is 'day'",
        "all --launcher torque | --launcher is 'torque'; expected local or slurm",
        "all --slurm.option time=3 | without --launcher slurm",
        "all --slurm.tasks-at-a-time 3 | without --launcher slurm",
        "all --launcher slurm --slurm.option array=1-3 | the launcher sets array itself",
        "all --launcher slurm --slurm.tasks-at-a-time 0 | --slurm.tasks-at-a-time is '0'",
        "all --launcher slurm --check | --check is given with --launcher slurm",
        "all --resume | --resume is given without --out",
        "all --workers 0 | --workers is '0'",
        "all --set net.width=3 | net.width has no meaning for reproduce",
      })
  void refusesWhatItCannotDo(String arguments, String message) {
    CommandLineRun run = reproduce(arguments.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
