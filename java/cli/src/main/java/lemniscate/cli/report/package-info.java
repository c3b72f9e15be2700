/**
 * What a study shows: figures as SVG, PNG and CSV, and one self-contained HTML page. Callers
 * describe figures by numbers; only this package knows how they are drawn.
 */
@NullMarked
package lemniscate.cli.report;

import org.jspecify.annotations.NullMarked;
