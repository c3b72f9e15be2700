package lemniscate.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import lemniscate.fuzz.FuzzedReader;
import lemniscate.fuzz.Repairs;

/** The readers of data sets, to be attacked. */
public final class FuzzedData {

  private static final byte[] FEW = {3, 1, 4, 1, 5, 9};

  private FuzzedData() {}

  /** All of them. */
  public static List<FuzzedReader> readers() {
    return List.of(
        npy(),
        npz(),
        npzMembers(),
        idx(),
        idxArrays(),
        cifar(),
        pickle(),
        tar(),
        set(),
        table(),
        image());
  }

  // ---------------------------------------------------------------- NumPy

  private static List<byte[]> arrays() {
    return List.of(
        DataFiles.npy("|u1", "(2, 3)", FEW),
        DataFiles.npy("<f4", "(2, 1)", DataFiles.floats(0.5f, -2)),
        DataFiles.npy("<i8", "(2,)", DataFiles.longs(1, 0)),
        DataFiles.npy("<f8", "(1, 1, 2)", DataFiles.doubles(1, 2)),
        DataFiles.npy("|b1", "(1, 2, 3, 1)", FEW));
  }

  private static FuzzedReader npy() {
    List<byte[]> seeds = new ArrayList<>(arrays());
    seeds.add(DataFiles.gzip(seeds.getFirst()));
    return new FuzzedReader(
        "npy",
        seeds,
        bytes -> bytes.length > 0 && bytes[0] == seeds.getFirst()[0] ? Repairs.npy(bytes) : bytes,
        (bytes, folder) -> use(NpyReader.read(put(folder, "a.npy", bytes))));
  }

  private static void use(NumericArray array) {
    array.floats();
    array.shapeText();
    if (!array.type().floating()) {
      array.labels(1 << 16);
    }
  }

  private static byte[] zip(byte[][] members) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < members.length; i++) {
      entries.put(ArraySplits.NAMES.get(i) + ".npy", members[i]);
    }
    return DataFiles.zip(entries);
  }

  private static byte[][] classes() {
    return new byte[][] {
      DataFiles.npy("|u1", "(2, 3)", FEW),
      DataFiles.npy("<i8", "(2,)", DataFiles.longs(1, 0)),
      DataFiles.npy("|u1", "(1, 3)", DataFiles.bytes(1, 2, 3)),
      DataFiles.npy("|u1", "(1,)", DataFiles.bytes(2))
    };
  }

  private static byte[][] targets() {
    return new byte[][] {
      DataFiles.npy("<f4", "(1, 2, 1)", DataFiles.floats(1, 2)),
      DataFiles.npy("<f4", "(1, 2)", DataFiles.floats(1, 2)),
      DataFiles.npy("<f4", "(1, 2, 1)", DataFiles.floats(1, 2)),
      DataFiles.npy("<f8", "(1, 2)", DataFiles.doubles(3, 4))
    };
  }

  private static FuzzedReader npz() {
    return FuzzedReader.of(
        "npz", List.of(zip(classes()), zip(targets())), (bytes, folder) -> npz(bytes, folder));
  }

  private static void npz(byte[] bytes, Path folder) throws IOException {
    NpyReader.readSplits("set", put(folder, "a.npz", bytes), DataOptions.NONE);
  }

  /** Behind the compression and the check sums of the zip. */
  private static FuzzedReader npzMembers() {
    return new FuzzedReader(
        "npz-members",
        List.of(Repairs.joined(classes()), Repairs.joined(targets())),
        Repairs::joinedNpy,
        (bytes, folder) -> npz(zip(Repairs.parts(bytes, ArraySplits.NAMES.size())), folder));
  }

  // ---------------------------------------------------------------- IDX

  private static FuzzedReader idx() {
    byte[] images = DataFiles.images(0x803, 2, 1, 3, FEW);
    byte[] labels = DataFiles.labels(0x801, 2, DataFiles.bytes(3, 9));
    return FuzzedReader.of(
        "idx",
        List.of(
            Repairs.joined(images, labels),
            Repairs.joined(DataFiles.gzip(images), DataFiles.gzip(labels))),
        (bytes, folder) -> {
          byte[][] parts = Repairs.parts(bytes, 2);
          Path first = put(folder, "images", parts[0]);
          Path second = put(folder, "labels", parts[1]);
          IdxReader.count(first);
          for (IdxLayout layout :
              List.of(IdxLayout.mnist("MNIST", 10), IdxLayout.emnist("letters", 26, 1))) {
            IdxReader.read("set", first, second, layout);
          }
        });
  }

  private static FuzzedReader idxArrays() {
    return FuzzedReader.of(
        "idx-arrays",
        List.of(
            DataFiles.images(0x803, 2, 1, 3, FEW),
            DataFiles.labels(0x801, 2, DataFiles.bytes(3, 9)),
            DataFiles.labels(0xd01, 1, DataFiles.bytes(0x40, 0, 0, 0)),
            DataFiles.labels(0xc01, 1, DataFiles.bytes(0, 0, 0, 2)),
            DataFiles.gzip(DataFiles.labels(0x801, 2, DataFiles.bytes(3, 9)))),
        (bytes, folder) -> use(IdxReader.array(put(folder, "a", bytes))));
  }

  // ---------------------------------------------------------------- CIFAR

  private static FuzzedReader cifar() {
    byte[] record = new byte[CifarSet.CIFAR_100.recordBytes()];
    record[1] = 99;
    return FuzzedReader.of(
        "cifar",
        List.of(record, DataFiles.concat(record, record)),
        (bytes, folder) -> {
          put(folder, "train.bin", bytes);
          put(folder, "test.bin", bytes);
          CifarReader.read("set", new CifarFiles(CifarSet.CIFAR_100, false, false, folder), false);
        });
  }

  private static FuzzedReader pickle() {
    return FuzzedReader.of(
        "pickle",
        distributed("cifar-100-python.tar.gz"),
        (bytes, folder) -> {
          put(folder, "train", bytes);
          put(folder, "test", bytes);
          CifarReader.read("set", new CifarFiles(CifarSet.CIFAR_100, true, false, folder), true);
        });
  }

  // The files in an archive that Python wrote.
  private static List<byte[]> distributed(String archive) {
    List<byte[]> files = new ArrayList<>();
    try (StrictInput in =
        StrictInput.of(archive, new ByteArrayInputStream(resource(archive)), -1)) {
      TarInput tar = new TarInput(in.stream());
      for (TarInput.Entry entry = tar.next(); entry != null; entry = tar.next()) {
        if (CifarSet.CIFAR_100.files(true).contains(entry.fileName())) {
          files.add(tar.content().readAllBytes());
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return files;
  }

  private static byte[] resource(String archive) {
    try (InputStream in =
        Objects.requireNonNull(FuzzedData.class.getResourceAsStream("cifar/" + archive))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static FuzzedReader tar() {
    byte[] end = new byte[1024];
    return new FuzzedReader(
        "tar",
        List.of(
            DataFiles.concat(DataFiles.tarEntry("a/b", '0', FEW), end),
            DataFiles.concat(
                DataFiles.tarEntry("a", '5', new byte[0]),
                DataFiles.tarEntry("a/c", '0', new byte[600]),
                DataFiles.tarEntry("d", '2', new byte[0]),
                end)),
        Repairs::tar,
        (bytes, folder) -> {
          TarInput tar = new TarInput(new ByteArrayInputStream(bytes));
          for (TarInput.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            if (entry.bytes() % 2 == 0) {
              tar.copyTo(OutputStream.nullOutputStream());
            } else {
              tar.content().transferTo(OutputStream.nullOutputStream());
            }
          }
        });
  }

  private static FuzzedReader set() {
    return FuzzedReader.of(
        "cifar-archive",
        List.of(resource("cifar-100-python.tar.gz")),
        (bytes, folder) ->
            CifarReader.read(
                "set",
                new CifarFiles(CifarSet.CIFAR_100, true, true, put(folder, "a.tar.gz", bytes)),
                false));
  }

  // ---------------------------------------------------------------- tables and images

  private static final SplitOptions HALF = new SplitOptions(null, 0.5, null);

  private static FuzzedReader table() {
    return FuzzedReader.of(
        "table",
        List.of(
            text("a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n"),
            text("a;b;class\n1;2;0\n3;4;1\n5;6;0\n7;8;1\n"),
            text("\ufeffa\tb\ttarget\r\n\"1\"\t2\t0.5\r\n3\t4e1\t-1\r\n5\t6\t2\r\n"),
            text("\"a \"\"b\"\"\",label\n1,x\n2,y\n3,x\n4,y\n")),
        (bytes, folder) ->
            TableReader.readSplits(
                // What is wrong with the number of examples is said by the name of the set.
                folder.toString(),
                put(folder, "a.csv", bytes),
                null,
                new DataOptions(null, null, null, null, HALF, TableOptions.NONE)));
  }

  private static FuzzedReader image() {
    return FuzzedReader.of(
        "image",
        List.of(
            picture(BufferedImage.TYPE_BYTE_GRAY, "png"),
            picture(BufferedImage.TYPE_INT_RGB, "png"),
            picture(BufferedImage.TYPE_INT_RGB, "jpg")),
        (bytes, folder) -> {
          String end = bytes.length > 0 && bytes[0] == (byte) 0xff ? ".jpg" : ".png";
          for (String name : List.of("x", "y")) {
            Path own = FuzzedReader.folder(folder, end.substring(1));
            put(FuzzedReader.folder(own, name), "a" + end, bytes);
            put(FuzzedReader.folder(own, name), "b" + end, bytes);
          }
          ImageFolder.readSplits("set", folder.resolve(end.substring(1)), HALF);
        });
  }

  private static byte[] picture(int type, String format) {
    BufferedImage image = new BufferedImage(7, 5, type);
    for (int i = 0; i < 35; i++) {
      image.setRGB(i % 7, i / 7, 0x070503 * i);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new AssertionError("no writer of " + format);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // ---------------------------------------------------------------- large files

  /**
   * Files of any size, by the names of their readers.
   *
   * @return what makes one whose size grows with the number that it is given
   */
  public static Map<String, IntFunction<byte[]>> large() {
    Map<String, IntFunction<byte[]>> files = new LinkedHashMap<>();
    files.put(
        "npy", n -> DataFiles.npy("<f4", "(%d, 50)".formatted(n), new byte[n * 50 * Float.BYTES]));
    files.put(
        "npz",
        n ->
            zip(
                new byte[][] {
                  DataFiles.npy("|u1", "(%d, 50)".formatted(n), noise(n * 50)),
                  DataFiles.npy("|u1", "(%d,)".formatted(n), alternating(n)),
                  DataFiles.npy("|u1", "(%d, 50)".formatted(n), noise(n * 50)),
                  DataFiles.npy("|u1", "(%d,)".formatted(n), alternating(n))
                }));
    files.put("idx-arrays", n -> DataFiles.images(0x803, n, 5, 10, new byte[n * 50]));
    files.put("cifar", n -> new byte[n / 10 * CifarSet.CIFAR_100.recordBytes()]);
    files.put(
        "tar",
        n -> {
          byte[] entry = DataFiles.tarEntry("a/b", '0', FEW);
          byte[] all = new byte[n * entry.length + 1024];
          for (int i = 0; i < n; i++) {
            System.arraycopy(entry, 0, all, i * entry.length, entry.length);
          }
          return all;
        });
    files.put("table", n -> text("a,b,label\n" + "1.25,-3e2,x\n0.5,7,y\n".repeat(n)));
    return files;
  }

  /** The same of other forms, which all are tables. */
  public static Map<String, IntFunction<byte[]>> largeTables() {
    Map<String, IntFunction<byte[]>> files = new LinkedHashMap<>();
    files.put("columns", n -> text(("1,".repeat(n) + "x\n" + "2,".repeat(n) + "y\n").repeat(2)));
    files.put(
        "classes",
        n ->
            text(
                IntStream.range(0, 2 * n)
                    .mapToObj(i -> "1,2,c" + i % n + "\n")
                    .collect(Collectors.joining())));
    files.put("texts", n -> text("a,label\n1,x\n2," + "y".repeat(20 * n) + "\n3,x\n"));
    files.put("numbers", n -> text("a,label\n1,0\n" + "2".repeat(20 * n) + ",1\n3,0\n"));
    files.put("names", n -> text("a,label\n1,1\n2," + "3".repeat(20 * n) + "\n3,1\n"));
    files.put("quotes", n -> text("a,label\n1,x\n\"" + "\"\"".repeat(20 * n) + "\",y\n"));
    return files;
  }

  // Which does not compress, so that the file grows with it.
  private static byte[] noise(int n) {
    byte[] bytes = new byte[n];
    new Random(n).nextBytes(bytes);
    return bytes;
  }

  private static byte[] alternating(int n) {
    byte[] labels = new byte[n];
    for (int i = 0; i < n; i++) {
      labels[i] = (byte) (i % 2);
    }
    return labels;
  }

  private static Path put(Path folder, String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
