package lemniscate.sweep.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.journal.JournalContract;
import lemniscate.sweep.slurm.SlurmJournal.Plan;
import lemniscate.sweep.slurm.SlurmJournal.Submission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlurmJournalTest {

  private static final Plan PLAN =
      new Plan(
          1,
          5,
          List.of(1, 2, 3, 5),
          "1a2b3c4d",
          List.of("time=5"),
          OptionalInt.empty(),
          OptionalInt.empty());

  @TempDir private Path sweep;

  private Path file() {
    return SlurmFolder.of(sweep).resolve("journal.jsonl");
  }

  private Object state() {
    SlurmJournal journal = SlurmJournal.read(sweep);
    return List.of(journal.openPlan(), journal.lastPlan(), journal.submissions());
  }

  @Test
  void keepsToTheContract() throws IOException {
    SlurmJournal journal = SlurmJournal.read(sweep);
    journal.plan(PLAN);
    Submission first = journal.submit("one", 0, List.of(1, 2, 3), 7);
    journal.job(first, "10177001");
    journal.refused(journal.submit("two", 3, List.of(5), 8), "no");
    journal.collected();
    JournalContract.check(file(), this::state);
  }

  @Test
  void readsJournalsOfTheVersionBefore() throws IOException {
    JournalContract.putOld("slurm/journal.jsonl", file());
    SlurmJournal journal = SlurmJournal.read(sweep);
    assertThat(journal.openPlan()).hasValue(PLAN);
    assertThat(journal.submissions())
        .extracting(Submission::job, Submission::refused, Submission::tasks)
        .containsExactly(tuple("10177001", false, List.of(1, 2, 3)), tuple(null, true, List.of(5)));
    journal.collected();
    assertThat(SlurmJournal.read(sweep).openPlan()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"plan\":1', '\"plan\":\"1\"', '1: field plan is \"1\", expected a whole number'",
    "'\"wanted\":\"1-3,5\"', '\"wanted\":\"1-3;5\"', '1: field wanted is \"1-3;5\", expected"
        + " numbers'",
    "'\"offset\":0,', '', '2: field offset is missing'",
    "'\"event\":\"job\"', '\"event\":\"jobs\"', '3: field event is \"jobs\", expected plan,"
        + " submit'",
  })
  void fieldsHaveNoDefaults(String field, String wrong, String message) throws IOException {
    JournalContract.putOld("slurm/journal.jsonl", file());
    String whole = Files.readString(file());
    assertThat(whole).contains(field);
    Files.writeString(file(), whole.replaceFirst(Pattern.quote(field), wrong));
    assertThatThrownBy(this::state)
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("journal.jsonl:" + message)
        .hasMessageContaining("cancel the jobs");
  }
}
