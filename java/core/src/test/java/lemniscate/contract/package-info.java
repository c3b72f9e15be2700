/**
 * What every backend must fulfil. A backend's test implements {@link
 * lemniscate.contract.BackendContract}; its results are compared with the reference backend in
 * float64 on the same rounded inputs.
 */
@NullMarked
package lemniscate.contract;

import org.jspecify.annotations.NullMarked;
