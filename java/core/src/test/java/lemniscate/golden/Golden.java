package lemniscate.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The golden vectors of {@code lemniscate/golden/golden.json} (fully connected networks) and {@code
 * architectures.json} (convolutional and residual ones), float64, made by the scripts of the same
 * names beside them, which state every convention.
 *
 * <p>A path is a list of keys from the root, such as {@code "tanh_3_5_4_2", "bp_mse", "gradW"}; a
 * key made of digits picks an element of an array, counted from 0. Every method throws {@link
 * IllegalArgumentException} if there is nothing at the path or its shape is another. Arrays are
 * fresh copies.
 */
public final class Golden {

  private final JsonNode root;
  private final String where;

  private Golden(JsonNode root, String where) {
    this.root = root;
    this.where = where;
  }

  /**
   * Reads the vectors of fully connected networks from the class path.
   *
   * @return the whole file
   */
  public static Golden load() {
    return load("/lemniscate/golden/golden.json");
  }

  /** {@return the vectors of convolutional and residual networks} */
  public static Golden loadArchitectures() {
    return load("/lemniscate/golden/architectures.json");
  }

  /** {@return another file of the kind, such as {@code /lemniscate/mup/depth.json}} */
  public static Golden load(String resource) {
    try (InputStream in = Golden.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new FileNotFoundException("Test resource " + resource + " is missing.");
      }
      return new Golden(new ObjectMapper().readTree(in), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return a view whose paths start at {@code path}} */
  public Golden at(String... path) {
    return new Golden(node(path), place(path));
  }

  /** {@return the keys of the object at {@code path}, in the file's order} */
  public List<String> keys(String... path) {
    JsonNode node = node(path);
    check(node.isObject(), "an object", path);
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return List.copyOf(keys);
  }

  /** {@return the number of elements of the list at {@code path}} */
  public int size(String... path) {
    return array(path).size();
  }

  /** {@return whether something is at {@code path}} */
  public boolean has(String... path) {
    return !find(path).isMissingNode();
  }

  /** {@return the number at {@code path}} */
  public double number(String... path) {
    JsonNode node = node(path);
    check(node.isNumber(), "a number", path);
    return node.doubleValue();
  }

  /** {@return the whole number at {@code path}} */
  public int integer(String... path) {
    JsonNode node = node(path);
    check(node.isInt(), "a whole number", path);
    return node.intValue();
  }

  /** {@return the word at {@code path}} */
  public String text(String... path) {
    JsonNode node = node(path);
    check(node.isTextual(), "a string", path);
    return node.textValue();
  }

  /** {@return the list of words at {@code path}, such as a network's activations} */
  public List<String> texts(String... path) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : array(path)) {
      check(item.isTextual(), "a list of strings", path);
      texts.add(item.textValue());
    }
    return List.copyOf(texts);
  }

  /** {@return the list of whole numbers at {@code path}, such as a network's sizes} */
  public int[] integers(String... path) {
    JsonNode node = array(path);
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      check(node.get(i).isInt(), "a list of whole numbers", path);
      values[i] = node.get(i).intValue();
    }
    return values;
  }

  /** {@return the list of numbers at {@code path}} */
  public double[] vector(String... path) {
    return vector(array(path), path);
  }

  /** {@return the matrix at {@code path}, as rows of equal length} */
  public double[][] matrix(String... path) {
    return matrix(array(path), path);
  }

  /** {@return the matrices at {@code path}: a per-layer list, of which element 0 is layer 1} */
  public List<double[][]> layers(String... path) {
    List<double[][]> layers = new ArrayList<>();
    for (JsonNode layer : array(path)) {
      layers.add(matrix(layer, path));
    }
    return layers;
  }

  /** {@return the vectors at {@code path}: a per-layer list, of which element 0 is layer 1} */
  public List<double[]> layerVectors(String... path) {
    List<double[]> layers = new ArrayList<>();
    for (JsonNode layer : array(path)) {
      layers.add(vector(layer, path));
    }
    return layers;
  }

  /**
   * {@return all numbers at {@code path} in row-major order, whatever the depth of the nested
   * lists, as for a four-dimensional convolution tensor}
   */
  public double[] flat(String... path) {
    List<Double> values = new ArrayList<>();
    flatten(array(path), values, path);
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** {@return the lengths of the nested lists at {@code path}, outermost first} */
  public int[] shape(String... path) {
    List<Integer> lengths = new ArrayList<>();
    for (JsonNode node = array(path); node.isArray(); node = node.path(0)) {
      lengths.add(node.size());
    }
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }

  private void flatten(JsonNode node, List<Double> values, String... path) {
    for (JsonNode item : node) {
      if (item.isArray()) {
        flatten(item, values, path);
      } else {
        check(item.isNumber(), "nested lists of numbers", path);
        values.add(item.doubleValue());
      }
    }
  }

  private double[] vector(JsonNode node, String... path) {
    check(node.isArray(), "a list of numbers", path);
    double[] values = new double[node.size()];
    for (int i = 0; i < values.length; i++) {
      check(node.get(i).isNumber(), "a list of numbers", path);
      values[i] = node.get(i).doubleValue();
    }
    return values;
  }

  private double[][] matrix(JsonNode node, String... path) {
    check(node.isArray(), "a matrix", path);
    double[][] rows = new double[node.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = vector(node.get(i), path);
      check(rows[i].length == rows[0].length, "rows of equal length", path);
    }
    return rows;
  }

  private JsonNode array(String... path) {
    JsonNode node = node(path);
    check(node.isArray(), "a list", path);
    return node;
  }

  private JsonNode node(String... path) {
    JsonNode node = find(path);
    check(!node.isMissingNode(), "something", path);
    return node;
  }

  private JsonNode find(String... path) {
    JsonNode node = root;
    for (String key : path) {
      boolean element = node.isArray() && key.chars().allMatch(Character::isDigit);
      node = element ? node.path(Integer.parseInt(key)) : node.path(key);
    }
    return node;
  }

  private String place(String... path) {
    return path.length == 0 ? where : where + "/" + String.join("/", path);
  }

  private void check(boolean holds, String expected, String... path) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Golden vectors: expected " + expected + " at " + place(path) + ".");
    }
  }
}
