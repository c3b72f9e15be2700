/**
 * Data sets in memory, seeded batches and random changes of images, strict readers (IDX, CIFAR, NPY
 * and NPZ), the catalogue of known sets with the bundled subset, and the download of public ones.
 *
 * <p>Start at {@link lemniscate.data.Datasets#load(DataRequest)}.
 */
@NullMarked
package lemniscate.data;

import org.jspecify.annotations.NullMarked;
