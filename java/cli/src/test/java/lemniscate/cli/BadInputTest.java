package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.NpzWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bad input ends with exit code 2, one message that names it, and no folder. */
final class BadInputTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--widht 3 | --widht",
        "--set pc.step=3 | unknown key 'pc.step'; expected a key of the configuration, the nearest"
            + " is 'pc.steps'",
        "--set pc.steps | no '='",
        "--set pc=3 | group of keys",
        "--width ten | --width: net.width is 'ten'; expected an integer from 1 to 16777216",
        "--width 0 | net.width is '0'",
        "--width -3 | net.width is '-3'",
        "--depth 0 | net.depth is '0'",
        "--batch 0 | train.batch is '0'",
        "--epochs -1 | train.epochs is '-1'",
        "--data.train 0 | data.train is '0'",
        "--lr nan | optim.lr is 'nan'",
        "--lr NaN | optim.lr is 'NaN'",
        "--lr -0.1 | optim.lr is '-0.1'",
        "--lr 0 | optim.lr is '0'",
        "--lr 1e999 | optim.lr",
        "--pc.gammaLast 0 | pc.gammaLast is '0'; expected a number > 0",
        "--pc.gammaLast -1 | pc.gammaLast is '-1'",
        "--pc.gamma 1,0 | pc.gamma",
        "--pc.gamma 1,2,3 | pc.gamma lists 3 numbers; expected one, or 2",
        "--pc.steps 0 | pc.steps is '0'; expected an integer from 1 to 100000",
        "--pc.rate 0 | pc.rate is '0'",
        "--cpu.products packed-blas --backend cpu | cannot pack: it has no cblas_sgemm_pack; name"
            + " a",
        "--cpu.products blas --backend reference | only the cpu backend has",
        "--cpu.products none | cpu.products is 'none'; expected one of auto, panels",
        "--rule ff --data synthetic-regression | learns from class labels",
        "--rule ff --ff.threshold 1 | stays below 1",
        "--rule ff --metrics.angleTo bp | there is no angle",
        "--rule ff --net.norm batch | does not differentiate through a norm",
        "--rule pepita --pepita.mirrorEvery 1 | use pepita.projection normal",
        "--rule pepita --pepita.variant tl --optim.name adam | use sgd or momentum",
        "--rule pepita --pepita.dropout 1.0 | pepita.dropout is '1.0'; expected a number in [0, 1)",
        "--rule pepita --pepita.projection normal --pepita.mirrorWarmupEpochs 2 | never learn",
        "--rule tp --tp.variant ddtp --tp.feedback pinv | use rule bp or gnt",
        "--rule tp --tp.variant ldrl --tp.feedbackOptimizer adam | no width exponent",
        "--rule gnt --gnt.damping 0 --width 5 | 5 units cannot move 10 outputs",
        "--rule pcc | the nearest is 'pc'",
        "--data nowhere | data set 'nowhere' is unknown",
        "--data npz:/none.npz | /none.npz",
        "--data idx:/none | /none lacks all files",
        "--data synthetic --data.augment flip | rows of 32 numbers",
        "--data.augment flip --data.cropPadding 2 | data.augment has no crop",
        "--data.augment rotate | one of crop, flip",
        "--data.classes 9 | synthetic has no use for it",
        "--batch 54 | train.batch is 54",
        "--data synthetic-regression --loss ce | loss is ce",
        "--backend cuda | cuda",
        "--precision bf16 | precision is bf16, which backend reference does not have",
        "--precision tf32 | use precision fp32 or fp64, or backend cuda",
        "--pc.scheme zil --pc.gammaLast 2 | zil",
        "--optim.schedule step | optim.stepEvery",
        "--set net.residual=true | use net.preset resmlp for a residual network",
        "--config /none.yaml | /none.yaml: the file does not exist",
        "--width | Missing required parameter for option '--net.width'",
        "--width 3 --width 4 | should be specified only once",
      })
  void isRefused(String options, String message) {
    Path out = folder.resolve("run");
    CommandLineRun.train(out, options.strip().split(" ")).refuses(message.strip());
    assertThat(out).doesNotExist();
  }

  @Test
  void namesTheLineOfAFile() throws IOException {
    Path yaml = Files.writeString(folder.resolve("my.yaml"), "net:\n  width: 8\n  dept: 2\n");
    CommandLineRun.train(folder.resolve("run"), "--config", yaml.toString())
        .refuses("my.yaml:3", "net.depth");
  }

  @Test
  void outputFolders() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    CommandLineRun.train(file).refuses("out is " + file, "cannot be written");
    CommandLineRun.train(file.resolve("below")).refuses("cannot be written");
    Path run = folder.resolve("run");
    assertThat(CommandLineRun.train(run).code()).isZero();
    CommandLineRun.train(run).refuses("already holds a run", "lemniscate resume");
  }

  @Test
  void dataFiles() throws IOException {
    Path data = Files.createDirectory(folder.resolve("mnist"));
    CommandLineRun.train(folder.resolve("run"), "--data", "mnist", "--data.dir", data.toString())
        .refuses("data.dir", "train-images");
    for (String name :
        new String[] {
          "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
        }) {
      Files.writeString(data.resolve(name), "not an IDX file at all");
    }
    CommandLineRun.train(folder.resolve("run"), "--data", "mnist", "--data.dir", data.toString())
        .refuses("train-images-idx3-ubyte");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void runsToResumeOrEvaluate() throws IOException {
    for (String command : new String[] {"resume", "evaluate"}) {
      CommandLineRun.of(command, folder.resolve("none").toString()).refuses("not a folder");
      CommandLineRun.of(command, folder.toString()).refuses("holds no run");
      CommandLineRun.of(command).refuses("RUN");
    }
  }

  @Test
  void aCheckpointOfAnotherNetwork() throws IOException {
    Path one = folder.resolve("one");
    Path other = folder.resolve("other");
    assertThat(CommandLineRun.train(one).code()).isZero();
    assertThat(CommandLineRun.train(other, "--width", "9").code()).isZero();
    Path checkpoint = one.resolve("checkpoint-00000020.safetensors");
    Files.delete(checkpoint);
    Files.copy(other.resolve("checkpoint-00000020.safetensors"), checkpoint);
    for (String command : new String[] {"resume", "evaluate"}) {
      CommandLineRun.of(command, one.toString(), "--quiet")
          .refuses("another network", "layer1.weight", "(9, 32)", "(7, 32)");
    }
  }

  /** F is of shape (inputs, classes); its transpose has as many numbers. */
  @Test
  void aCheckpointWithAProjectionOfAnotherShape() throws Exception {
    Path run = folder.resolve("run");
    assertThat(CommandLineRun.train(run, "--rule", "pepita").code()).isZero();
    Path checkpoint = run.resolve("checkpoint-00000020.safetensors");
    String bytes = Files.readString(checkpoint, StandardCharsets.ISO_8859_1);
    int at = bytes.indexOf("[32,10]", bytes.indexOf("projection.weight"));
    String turned = bytes.substring(0, at) + "[10,32]" + bytes.substring(at + "[32,10]".length());
    Files.writeString(checkpoint, turned, StandardCharsets.ISO_8859_1);
    CommandLineRun.of("evaluate", run.toString(), "--quiet")
        .refuses(checkpoint.toString(), "something has changed them", "Use another checkpoint");
    // With the seal of its contents, as the program would have written it.
    String seal = "\"sha256\":\"[0-9a-f]{64}\"";
    String blank = turned.replaceFirst(seal, "\"sha256\":\"" + "0".repeat(64) + "\"");
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(blank.getBytes(StandardCharsets.ISO_8859_1));
    Files.writeString(
        checkpoint,
        blank.replaceFirst(seal, "\"sha256\":\"" + HexFormat.of().formatHex(digest) + "\""),
        StandardCharsets.ISO_8859_1);
    CommandLineRun.of("resume", run.toString(), "--quiet")
        .refuses("projection.weight", "(10, 32)", "(32, 10)");
  }

  @Test
  void dataOfOneClass() throws IOException {
    Path data = folder.resolve("one.npz");
    float[] features = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    Dataset ones = Dataset.ofFloats("one", features, 2, new int[6], 1);
    NpzWriter.write(new DataSplits("one", ones, ones), data);
    CommandLineRun.of(
            "train",
            "--rule",
            "ff",
            "--data",
            "npz:" + data,
            "--batch",
            "5",
            "--out",
            folder.resolve("run").toString())
        .refuses("there is one class only", "2 classes or more");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void commands() {
    CommandLineRun.of().refuses("no command given");
    CommandLineRun.of("trian").refuses("trian", "train");
    CommandLineRun.of("data").refuses("no command given");
    CommandLineRun.of("data", "get", "nowhere").refuses("nowhere");
    CommandLineRun.of("data", "check", "nowhere").refuses("nowhere");
    CommandLineRun.of("completion", "fish").refuses("bash or zsh");
    CommandLineRun.of("gradcheck", "--rule", "fff").refuses("--rule", "ff");
    CommandLineRun.of("gradcheck", "--width", "3").refuses("--width");
    CommandLineRun.of("data", "synth", "--out", "x.npz", "--features", "0").refuses("0 features");
  }

  @Test
  void debugAddsTheStackTrace() {
    CommandLineRun run = CommandLineRun.of("evaluate", folder.toString(), "--debug");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("holds no run").contains("\tat ");
  }
}
