// The stored runs whose reports the C++ tests expect, as the server would answer them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decodeAnalysis } from '../api/decode';
import { decodeWith } from '../api/decoder';
import type { Analysis } from '../api/types';

const folder = join(__dirname, '../../../tests/golden');

export const goldenNames: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

export function goldenText(name: string): string {
  return readFileSync(join(folder, name, 'report.json'), 'utf8');
}

export function goldenAnalysis(name: string): Analysis {
  return decodeWith(decodeAnalysis, JSON.parse(goldenText(name)));
}

/** What the server answers about a run's plan, where the C++ tests have it: `whatif` or `config`. */
export function goldenAnswers(what: string): readonly (readonly [name: string, answer: unknown])[] {
  return goldenNames.flatMap((name) => {
    const file = join(folder, name, 'api', `${what}.json`);
    if (!existsSync(file)) return [];
    const answer: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return [[name, answer] as const];
  });
}
