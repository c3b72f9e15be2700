package lemniscate.backend;

import java.util.OptionalLong;

/**
 * The memory that a backend's tensors lie in.
 *
 * @param name for people: {@code memory}, {@code Java heap}
 * @param availableBytes how much its arenas can still hand out, in the bytes that they count; empty
 *     where nobody knows
 * @param slabAlignment bytes of which the distance of two members of a slab is a multiple
 */
public record BackendMemory(String name, OptionalLong availableBytes, int slabAlignment) {}
