package lemniscate.contract;

/** Which of the two backends of a comparison. */
enum Side {
  TESTED,
  ORACLE
}
