// From the job page to the new-job page: the settings to take over travel in the browser's session storage, and the
// copy that page makes of the job gets them before it is shown. The path language is the analysis's own.

export interface Setting {
  path: string; // config.process[0].train.batch_size
  value: unknown; // undefined: the setting goes
}

interface Left {
  name: string;
  settings: Setting[];
}

const keyOf = (jobID: string) => `tidemark-apply:${jobID}`;

/** For the new-job page that is opened with ?cloneId=jobID next. */
export function leaveSettings(jobID: string, name: string, settings: Setting[]): void {
  const spelled = settings.map(({ path, value }) => ({ path, value: value === undefined ? null : value, gone: value === undefined }));
  sessionStorage.setItem(keyOf(jobID), JSON.stringify({ name, settings: spelled }));
}

/** `name`, else with the first number behind it that is free. */
export function freeName(name: string, taken: string[]): string {
  const names = new Set(taken);
  for (let number = 2; names.has(name); number += 1) name = `${name.replace(/_\d+$/, '')}_${number}`;
  return name;
}

function keysOf(path: string): (string | number)[] {
  return [...path.matchAll(/([^[.\]]+)|\[(\d+)\]/g)].map(([, word, number]) => (word !== undefined ? word : Number(number)));
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Sets it in place, making what is missing on the way. */
export function setAt(config: any, path: string, value: unknown): void {
  const keys = keysOf(path);
  if (keys.length === 0 || keys.some(key => FORBIDDEN.has(String(key)))) return;
  const last = keys.pop()!;
  let at = config;
  for (const [i, key] of keys.entries()) {
    if (at[key] === null || typeof at[key] !== 'object') at[key] = typeof (keys[i + 1] ?? last) === 'number' ? [] : {};
    at = at[key];
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** Called on the new-job page with the copy. Nothing was left for it: it stays as it is. Taken once. */
export function applyTidemarkSettings(jobID: string, config: any): void {
  try {
    const text = sessionStorage.getItem(keyOf(jobID));
    if (!text) return;
    sessionStorage.removeItem(keyOf(jobID));
    const left = JSON.parse(text) as Left & { settings: { path: string; value: unknown; gone: boolean }[] };
    for (const { path, value, gone } of left.settings) setAt(config, path, gone ? undefined : value);
    if (left.name) config.config.name = left.name;
  } catch (error) {
    console.warn('Tidemark: the settings could not be taken over:', error);
  }
}
