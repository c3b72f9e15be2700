package lemniscate.sweep.slurm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Made-up commands of Slurm that keep the queue in a file: {@code job|index|state|name} a line. A
 * test plays the cluster by changing that file.
 */
final class FakeSlurm {

  private final Path folder;
  private final Path bin;

  FakeSlurm(Path folder) {
    this.folder = folder;
    this.bin = folder.resolve("bin");
    try {
      Files.createDirectories(bin);
      write("queue", "");
      write("calls", "");
      write("max", "1001");
      // Fails as the file "refuse" says; loses its answer, not the job, if there is "lose-answer".
      command(
          "sbatch",
          """
          for word; do case $word in --job-name=*) name=${word#*=} ;; --array=*) array=${word#*=} ;; esac; done
          shift $(($# - 2))
          if [ -f refuse ]; then cat refuse >&2; exit 1; fi
          printf '%s %s\\n' "$array" "$2" >> calls
          job=$(($(wc -l < calls) + 100))
          array=${array%%%*} # the bound of tasks at a time
          IFS=,
          for range in $array; do
            for i in $(seq -s , "${range%-*}" "${range#*-}"); do echo "$job|$i|PENDING|$name" >> queue; done
          done
          if [ -f lose-answer ]; then
            rm lose-answer
            echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
            exit 1
          fi
          echo 'site: hello'
          echo "$job;one"
          """);
      command(
          "squeue",
          """
          [ -z "${SQUEUE_PARTITION:-}" ] || exit 0
          if [ -f down ]; then echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1; fi
          cat queue
          """);
      command(
          "sacct",
          """
          echo asked >> sacct-calls
          [ -f accounting ] || { echo 'Slurm accounting storage is disabled' >&2; exit 1; }
          cat accounting
          """);
      command(
          "scontrol", "echo 'MaxArraySize            = '$(cat max); echo 'MaxArraySizeX = 7'\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void command(String name, String text) throws IOException {
    Path file =
        Files.writeString(
            bin.resolve(name), "#!/bin/sh\ncd '%s' || exit\n".formatted(folder) + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Slurm as the launcher sees it. */
  SlurmCommands commands() {
    return new SlurmCommands(
        Map.of("PATH", bin + ":/usr/bin:/bin", "SQUEUE_PARTITION", "hides everything"));
  }

  void write(String file, String text) {
    try {
      Files.writeString(folder.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void remove(String file) {
    try {
      Files.delete(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> read(String file) {
    try {
      return Files.exists(folder.resolve(file))
          ? Files.readAllLines(folder.resolve(file))
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** "INDEXES OFFSET" of every submission. */
  List<String> calls() {
    return read("calls");
  }

  List<QueuedTask> queue() {
    return read("queue").stream()
        .map(line -> line.split("\\|"))
        .map(f -> new QueuedTask(f[0], Integer.parseInt(f[1]), f[2], f[3]))
        .toList();
  }

  /** A task's state from now on; an empty one takes it out of the queue. */
  void set(QueuedTask task, String state) {
    List<String> lines = new ArrayList<>();
    for (QueuedTask other : queue()) {
      String now = other.equals(task) ? state : other.state();
      if (!now.isEmpty()) {
        lines.add(other.job() + "|" + other.index() + "|" + now + "|" + other.name() + "\n");
      }
    }
    write("queue", String.join("", lines));
  }

  /** The number of a queued task's part: its index and the offset of its submission. */
  int part(QueuedTask task) {
    String call = calls().get(Integer.parseInt(task.job()) - 101);
    return task.index() + Integer.parseInt(call.split(" ")[1]);
  }
}
