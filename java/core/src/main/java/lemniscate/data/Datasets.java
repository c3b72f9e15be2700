package lemniscate.data;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue of data sets.
 *
 * <table>
 * <caption>names</caption>
 * <tr><td>{@code fashion-mnist-mini}</td>
 *     <td>10,000 + 2,000 images of Fashion-MNIST, bundled</td></tr>
 * <tr><td>{@code mnist}, {@code fashion-mnist}, {@code cifar-10}, {@code cifar-100}, {@code
 *     emnist-...}</td>
 *     <td>the full public sets, from files</td></tr>
 * <tr><td>{@code synthetic}, {@code synthetic-regression}</td>
 *     <td>a random teacher ({@link SyntheticData})</td></tr>
 * <tr><td>{@code npz:PATH}</td>
 *     <td>arrays saved by NumPy ({@link NpyReader})</td></tr>
 * <tr><td>{@code idx:FOLDER}</td>
 *     <td>four IDX files, with MNIST's names or others ({@link DataOptions#files})</td></tr>
 * <tr><td>{@code npy:FOLDER}</td>
 *     <td>four NPY files, with the names that arrays have in an NPZ file, or others</td></tr>
 * <tr><td>{@code csv:PATH}, {@code PATH.csv}, {@code PATH.tsv}</td>
 *     <td>a table with a column of labels or targets</td></tr>
 * <tr><td>{@code images:FOLDER}, {@code FOLDER}</td>
 *     <td>PNG and JPEG files, in a folder for each class</td></tr>
 * </table>
 *
 * <p>A path after a colon is relative to {@code dir} if that is given.
 *
 * <p>The files of a public set are taken from {@code dir/NAME} or {@code dir} if a folder is given
 * (and then from nowhere else), and otherwise from the first of {@link DataLocations} that has them
 * all. IDX files may be plain or compressed by gzip, and be called {@code train-images-idx3-ubyte}
 * or {@code train-images.idx3-ubyte}, with or without {@code .gz}; CIFAR's may be in the archive.
 */
public final class Datasets {
  /** The default set, which needs neither files nor network. */
  public static final String BUNDLED = "fashion-mnist-mini";

  /** The synthetic classification set. */
  public static final String SYNTHETIC = "synthetic";

  /** The synthetic regression set. */
  public static final String SYNTHETIC_REGRESSION = "synthetic-regression";

  /** What the name of a set in an NPZ file starts with. */
  public static final String NPZ_PREFIX = "npz:";

  /** What the name of a set of IDX files starts with. */
  public static final String IDX_PREFIX = "idx:";

  private static final IdxLayout BUNDLED_LAYOUT = IdxLayout.mnist("FashionMNIST", 10);
  private static final String RESOURCES = "/lemniscate/data/" + BUNDLED + "/";

  /** The bundled files; their hashes are stated in the README beside them, too. */
  static final List<PublicSet.KnownFile> BUNDLED_FILES =
      List.of(
          new PublicSet.KnownFile(
              "train-images-idx3-ubyte",
              16 + 10_000 * 784L,
              "d33512cfdc636a0d8972818e6659995be209a88891df7fa2109d7895922c8985"),
          new PublicSet.KnownFile(
              "train-labels-idx1-ubyte",
              8 + 10_000L,
              "620cb8e3b9348037c5ff9a07b02d773ab165330e072dfd19e0d21c59f8042dcf"),
          new PublicSet.KnownFile(
              "t10k-images-idx3-ubyte",
              16 + 2_000 * 784L,
              "15a92dd1e9b16ea361928086e77df4dfa890c255c00b5a8c8162c1040ce8eef1"),
          new PublicSet.KnownFile(
              "t10k-labels-idx1-ubyte",
              8 + 2_000L,
              "234596aeb6eb48133ec99a62541f90bc0728c9559a681f1e0638037462458f2c"));

  private Datasets() {}

  /** The names of the catalogue, the default first; files of the user's own come on top. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(BUNDLED);
    PublicSet.ALL.forEach(set -> names.add(set.name()));
    names.add(SYNTHETIC);
    names.add(SYNTHETIC_REGRESSION);
    return List.copyOf(names);
  }

  /**
   * Loads what is asked for.
   *
   * @throws BadInputException if the name is unknown, the files are missing or damaged, or fewer
   *     examples are there than asked for
   */
  public static DataSplits load(DataRequest request) {
    return load(request, DataLocations.fromEnvironment());
  }

  /**
   * Loads what is asked for, searching given locations.
   *
   * @throws BadInputException as {@link #load(DataRequest)}
   */
  public static DataSplits load(DataRequest request, DataLocations locations) {
    DataSplits splits = loadSplits(request, locations);
    Integer validation = request.validation();
    return validation == null ? splits : splits.validating(validation);
  }

  private static DataSplits loadSplits(DataRequest request, DataLocations locations) {
    String name = request.name();
    DataOptions options = request.options();
    if (name.startsWith(NPZ_PREFIX)) {
      options.requireOnly(name, DataOptions.Kind.NPZ);
      Path file = path(request, NPZ_PREFIX, "npz:data/my-set.npz");
      return limit(NpyReader.readSplits(name, file, options), request);
    }
    if (name.startsWith(IDX_PREFIX)) {
      options.requireOnly(name, DataOptions.Kind.IDX);
      return limit(IdxReader.readSplits(name, idxFiles(request), options), request);
    }
    OwnSet own = OwnSet.of(request);
    if (own != null) {
      return limit(own.read(name, request), request);
    }
    PublicSet set = find(name);
    options.requireOnly(
        name, set == PublicSet.CIFAR_100 ? DataOptions.Kind.TWO_LABELS : DataOptions.Kind.KNOWN);
    if (set != null) {
      SetFiles files = located(set, request.dir(), locations);
      return limit(files.read(name, options.coarse()), request);
    }
    if (request.dir() != null) {
      throw new BadInputException(
          ("data.dir is %s, but the set %s reads no folder; leave data.dir out, or name a "
                  + "set with files (data.name: %s).")
              .formatted(
                  request.dir(),
                  name,
                  String.join(", ", PublicSet.ALL.stream().map(PublicSet::name).toList())));
    }
    return switch (name) {
      case BUNDLED -> limit(bundled(), request);
      case SYNTHETIC -> synthetic(SyntheticSpec.CLASSIFICATION, request);
      default -> synthetic(SyntheticSpec.REGRESSION, request);
    };
  }

  /** The catalogue with what is found on this machine; contents are not hashed. */
  public static List<DatasetStatus> list() {
    return list(DataLocations.fromEnvironment(), false);
  }

  /**
   * The catalogue with what is found in given locations.
   *
   * @param locations where to search
   * @param verify true to hash every file that is found (a second or two for the full sets)
   */
  public static List<DatasetStatus> list(DataLocations locations, boolean verify) {
    return names().stream().map(name -> status(name, null, locations, verify)).toList();
  }

  /**
   * What is known about one set.
   *
   * @param name a name of the catalogue
   * @param dir folder with its files, or null to search the locations
   * @param locations where to search
   * @param verify true to hash its files and compare them with the official ones
   * @throws BadInputException if the name is unknown
   */
  public static DatasetStatus status(
      String name, @Nullable Path dir, DataLocations locations, boolean verify) {
    PublicSet set = find(name);
    if (set == null) {
      return switch (name) {
        case BUNDLED -> bundledStatus(verify);
        case SYNTHETIC -> generated(name, "random teacher, classes", SyntheticSpec.CLASSIFICATION);
        default -> generated(name, "random teacher, regression targets", SyntheticSpec.REGRESSION);
      };
    }
    SetFiles files;
    try {
      files = located(set, dir, locations);
    } catch (BadInputException e) {
      return new DatasetStatus(
          name,
          set.description(),
          null,
          null,
          null,
          null,
          DatasetStatus.State.MISSING,
          e.getMessage());
    }
    return fileStatus(set, files, verify);
  }

  private static DatasetStatus fileStatus(PublicSet set, SetFiles files, boolean verify) {
    String path = files.path().toString();
    try {
      SetFiles.Counts counts = files.counts();
      List<Path> plain = set.downloadable() ? files.plain() : null;
      if (verify && plain == null) {
        // No hashes are known of these: that they can be read is what can be checked.
        DataSplits read = files.read(set.name(), false);
        counts = new SetFiles.Counts(read.train().size(), read.test().size());
      }
      MessageDigest whole = ContentHash.sha256();
      List<String> different = new ArrayList<>();
      for (int i = 0; verify && plain != null && i < plain.size(); i++) {
        String hash = hash(StrictInput.open(plain.get(i)), whole);
        if (!hash.equals(set.files().get(i).sha256())) {
          different.add(plain.get(i).getFileName().toString());
        }
      }
      boolean hashed = verify && plain != null;
      DatasetStatus.State state =
          !hashed
              ? DatasetStatus.State.NOT_CHECKED
              : different.isEmpty() ? DatasetStatus.State.VERIFIED : DatasetStatus.State.DIFFERS;
      String remedy =
          different.isEmpty()
              ? null
              : ("%s of %s: the contents differ from the official %s; fetch the set again "
                      + "with `lemniscate data get %s`.")
                  .formatted(String.join(", ", different), path, set.name(), set.name());
      return new DatasetStatus(
          set.name(),
          set.description(),
          path,
          counts == null ? null : counts.train(),
          counts == null ? null : counts.test(),
          hashed ? HexFormat.of().formatHex(whole.digest()) : null,
          state,
          remedy);
    } catch (BadInputException e) {
      return new DatasetStatus(
          set.name(),
          set.description(),
          path,
          null,
          null,
          null,
          DatasetStatus.State.DIFFERS,
          e.getMessage());
    }
  }

  private static DatasetStatus bundledStatus(boolean verify) {
    MessageDigest whole = ContentHash.sha256();
    boolean same = true;
    for (int i = 0; verify && i < BUNDLED_FILES.size(); i++) {
      PublicSet.KnownFile file = BUNDLED_FILES.get(i);
      same &= hash(resource(file.name()), whole).equals(file.sha256());
    }
    DatasetStatus.State state =
        !verify
            ? DatasetStatus.State.NOT_CHECKED
            : same ? DatasetStatus.State.VERIFIED : DatasetStatus.State.DIFFERS;
    return new DatasetStatus(
        BUNDLED,
        "class-balanced part of Fashion-MNIST, 28 x 28, 10 classes",
        "bundled",
        10_000,
        2_000,
        verify ? HexFormat.of().formatHex(whole.digest()) : null,
        state,
        same ? null : "the bundled files are damaged; build or install the program again.");
  }

  private static DatasetStatus generated(String name, String description, SyntheticSpec spec) {
    return new DatasetStatus(
        name,
        "%s: %d features, %d outputs".formatted(description, spec.features(), spec.outputs()),
        "generated",
        spec.train(),
        spec.test(),
        null,
        DatasetStatus.State.GENERATED,
        null);
  }

  /** Hashes a stream on its own and as part of a whole, and closes it. */
  private static String hash(StrictInput in, MessageDigest whole) {
    try (in) {
      return in.sha256(whole);
    }
  }

  /** The public set of a name; null for the others of the catalogue. */
  static @Nullable PublicSet find(String name) {
    for (PublicSet set : PublicSet.ALL) {
      if (set.name().equals(name)) {
        return set;
      }
    }
    if (!names().contains(name)) {
      String near = Names.nearest(name, names());
      throw new BadInputException(
          "data set %s is unknown; %sexpected one of %s, or files of your own: FILE.csv, FILE.npz, a FOLDER of images or arrays, %sPATH or %sFOLDER."
              .formatted(
                  Shown.quoted(name),
                  near == null ? "" : "did you mean " + Shown.quoted(near) + "? ",
                  String.join(", ", names()),
                  NPZ_PREFIX,
                  IDX_PREFIX));
    }
    return null;
  }

  private static SetFiles located(PublicSet set, @Nullable Path dir, DataLocations locations) {
    SetLayout layout = set.layout();
    List<Path> folders =
        dir == null ? locations.candidates(set.name()) : List.of(dir.resolve(set.name()), dir);
    for (Path folder : folders) {
      SetFiles found = layout.locate(folder, true);
      if (found != null) {
        return found;
      }
    }
    if (dir == null) {
      Path shared = locations.shared();
      SetFiles found = shared == null ? null : layout.locate(shared, false);
      if (found != null) {
        return found;
      }
      throw new BadInputException(
          ("the files of %s were found in none of %s: %s; then name their folder with"
                  + " data.dir, or call it %s and put it into the folder that %s names.")
              .formatted(
                  set.name(),
                  String.join(", ", folders.stream().map(Path::toString).toList()),
                  set.remedy(),
                  set.name(),
                  DataLocations.VARIABLE));
    }
    if (!Files.isDirectory(dir)) {
      throw new BadInputException(
          "data.dir is %s, which is not a folder; give the folder that holds %s."
              .formatted(dir, layout.expected()));
    }
    // The folder that comes nearest is the one that was meant.
    Path meant = Files.isDirectory(folders.get(0)) ? folders.get(0) : dir;
    List<String> missing = layout.missing(meant);
    String lacking = missing.isEmpty() ? "all files" : String.join(", ", missing);
    throw new BadInputException(
        ("data.dir is %s, but %s lacks %s of %s; expected %s. Put them there: %s.")
            .formatted(dir, meant, lacking, set.name(), layout.expected(), set.remedy()));
  }

  private static DataSplits bundled() {
    return new DataSplits(BUNDLED, bundled("train", 0), bundled("test", 2));
  }

  private static Dataset bundled(String split, int firstFile) {
    try (StrictInput images = resource(BUNDLED_FILES.get(firstFile).name());
        StrictInput labels = resource(BUNDLED_FILES.get(firstFile + 1).name())) {
      return IdxReader.read(BUNDLED + "/" + split, images, labels, BUNDLED_LAYOUT);
    }
  }

  private static StrictInput resource(String file) {
    String path = RESOURCES + file + ".gz";
    InputStream in = Datasets.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException(path + " is missing from the program; build it again");
    }
    return StrictInput.of("bundled " + BUNDLED + "/" + file + ".gz", in, StrictInput.UNKNOWN_SIZE);
  }

  private static List<Path> idxFiles(DataRequest request) {
    Path folder = path(request, IDX_PREFIX, "idx:data/my-set");
    List<Path> named = request.options().files();
    if (named != null) {
      return named.stream().map(folder::resolve).toList();
    }
    // The layout is asked for names alone; the classes are those of the files.
    IdxFiles found = BUNDLED_LAYOUT.locate(folder, true);
    if (found == null) {
      List<String> missing = BUNDLED_LAYOUT.missing(folder);
      throw new BadInputException(
          ("data.name is %s, but %s lacks %s; expected %s. Put them there, or name your four"
                  + " files with data.files: images and labels of training, images and labels of"
                  + " test.")
              .formatted(
                  Shown.quoted(request.name()),
                  folder,
                  missing.isEmpty() ? "all files" : String.join(", ", missing),
                  BUNDLED_LAYOUT.expected()));
    }
    return found.paths();
  }

  /** The path after the colon of a name. */
  static Path path(DataRequest request, String prefix, String example) {
    String text = request.name().substring(prefix.length());
    if (text.isBlank()) {
      throw new BadInputException(
          "data.name is %s, expected a path after the colon, as in %s."
              .formatted(Shown.quoted(request.name()), example));
    }
    Path dir = request.dir();
    try {
      // A path that is absolute stays as it is.
      return dir == null ? Path.of(text) : dir.resolve(text);
    } catch (InvalidPathException e) {
      throw new BadInputException(
          "data.name is %s, whose path is not valid (%s); give one as in %s."
              .formatted(Shown.quoted(request.name()), e.getReason(), example),
          e);
    }
  }

  private static DataSplits synthetic(SyntheticSpec spec, DataRequest request) {
    Integer train = request.train();
    Integer test = request.test();
    return SyntheticData.make(
        request.name(),
        spec.withSizes(train == null ? spec.train() : train, test == null ? spec.test() : test),
        request.seed());
  }

  private static DataSplits limit(DataSplits all, DataRequest request) {
    return all.with(
        limit(all.train(), "data.train", request.train()),
        limit(all.test(), "data.test", request.test()));
  }

  private static Dataset limit(Dataset split, String key, @Nullable Integer count) {
    if (count == null) {
      return split;
    }
    if (count > split.size()) {
      throw new BadInputException(
          "%s is %d, but %s has %d examples; give 1 to %d, or leave it out to use all."
              .formatted(key, count, split.name(), split.size(), split.size()));
    }
    return split.subset(count);
  }
}
