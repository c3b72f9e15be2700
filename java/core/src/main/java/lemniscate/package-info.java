/** Lemniscate: local learning rules under width-aware parameterisations. */
package lemniscate;
