/** What file names in an inventory are completed with. Absolute paths. */
export interface Surroundings {
  /** For `~/`. */
  readonly home: string;
  /** What `path` is relative to. */
  readonly cwd: string;
}
