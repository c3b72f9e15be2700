package lemniscate.network;

/**
 * What is correlated on the two sides of a weight.
 *
 * @param post behind it
 * @param pre in front of it
 */
public record Sides(Activities post, Activities pre) {}
