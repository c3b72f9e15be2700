/**
 * Data sets in memory, seeded batches, strict readers (IDX, CIFAR-10, NPY and NPZ), the catalogue
 * of known sets with the bundled subset, and the download of the public ones.
 *
 * <p>Start at {@link lemniscate.data.Datasets#load(DataRequest)}.
 */
@NullMarked
package lemniscate.data;

import org.jspecify.annotations.NullMarked;
