// What the tests of the probes share: real captures where the folder with them lies beside the checkout, and short ways to ask a parser.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { ParseError } from '../../src/model/errors.ts';
import type { Fact, ParseContext, Parsed, Probe, ProbeName } from '../../src/model/probe.ts';

const captures = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/fixtures');

/** Describes tests on captures of real systems; without the folder of captures they are reported as not run. */
export const describeCaptures: (name: string, tests: () => void) => void = (name, tests) => {
  describe.runIf(existsSync(captures))(`${name} (captures in ../shared/fixtures)`, tests);
};

/** One capture by its path below the folder of captures. */
export const capture = (path: string): string => readFileSync(join(captures, path), 'utf8');

/** Paths of the captures of one folder. */
export const capturesIn = (folder: string): readonly string[] =>
  existsSync(join(captures, folder)) ? readdirSync(join(captures, folder)).map((name) => `${folder}/${name}`) : [];

/** Parses an answer as the poller would, at a fixed time. */
export function parse<P extends ProbeName>(
  probe: Probe<P>,
  stdout: string,
  given: Partial<ParseContext<Fact<P>>> & { readonly exitCode?: number } = {},
): Parsed<Fact<P>> {
  const { exitCode = 0, ...context } = given;
  return probe.parse({ stdout, exitCode }, { atMs: 1_000_000, ...context });
}

/** The fact of an answer that must hold one. */
export function factOf<P extends ProbeName>(
  probe: Probe<P>,
  stdout: string,
  given: Partial<ParseContext<Fact<P>>> & { readonly exitCode?: number } = {},
): Fact<P> {
  const parsed = parse(probe, stdout, given);
  if (parsed.kind !== 'fact') throw new Error(`absent: ${parsed.because}`);
  return parsed.value;
}

/** The sentence a parser fails with; anything but a ParseError goes through. */
export function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  throw new Error('did not fail');
}
