/**
 * The device through CUDA's driver interface, by JCuda, and products by cuBLAS, by JCublas or the
 * foreign-function interface.
 */
@NullMarked
package lemniscate.cuda.device;

import org.jspecify.annotations.NullMarked;
