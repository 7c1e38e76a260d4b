/** Bytes of one answer; a probe that prints more is broken, and a node that sends more is hostile. */
export const ANSWER_BYTES = 1024 * 1024;

/** Bytes of one line on stderr. The program writes at most 4,096 (PIPE_BUF), so that writes of several children never mix. */
export const LINE_BYTES = 8 * 1024;

/** Bytes of unfinished answers of one node together: eight probes at their limit. */
export const PENDING_BYTES = 8 * ANSWER_BYTES;

/** What a login shell may print before the program says hello (banners, motd); more than that is no shell. */
export const BANNER_BYTES = 64 * 1024;

/** Characters kept of a line that is no frame, to explain a failure. */
export const NOISE_CHARACTERS = 300;

/** From open connection to hello: a login shell with slow dotfiles needs seconds, one on a dead home never ends. */
export const HELLO_MS = 10_000;

/** The wheel turns ten times a second: a write per tick for all due questions costs a third of a timer per node. */
export const TICK_MS = 100;

/** Events wait this long at most, so that the consumer sees batches and not single answers. */
export const FLUSH_MS = 80;

/** An inline answer is a few milliseconds of builtins; a node that cannot give it in this time is not answering at all. */
export const INLINE_DEADLINE_MS = 10_000;

/** A question slower than its period is asked at this multiple of its own duration, so that it takes at most a fifth of the time. */
export const SLOW_FACTOR = 4;

/** The longest a slow question is put off. */
export const SLOW_MAX_MS = 60_000;

/** Missed turns in a row after which a question's interval doubles, and how far it may grow. */
export const MISSES_BEFORE_SLOWER = 2;
export const SLOWER_MAX_MS = 30_000;

/** Targets asked about per node and probe; a node with more mounts than that is not a node but an accident. */
export const TARGETS_PER_PROBE = 256;

/** Back-off after a lost link: 1 s doubling to 60 s, full jitter, so that a thousand nodes do not come back in one breath. */
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 60_000;

/** More than this share of the nodes lost within the window is the console's own network: wait it out, then reconnect through the limiter. */
export const MASS_LOSS_RATIO = 0.2;
export const MASS_LOSS_WINDOW_MS = 2_000;
export const MASS_LOSS_HOLD_MS = 1_000;
/** Below this many nodes a share says nothing. */
export const MASS_LOSS_AT_LEAST = 5;
