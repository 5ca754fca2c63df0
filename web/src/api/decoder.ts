// unknown -> type, or an error that names the field. A decoder is a function of the value and of its path.

export class DecodeError extends Error {
  constructor(
    readonly path: string,
    readonly expected: string,
    found: unknown,
  ) {
    super(`${path === '' ? 'the answer' : path}: expected ${expected}, found ${describe(found)}`);
    this.name = 'DecodeError';
  }
}

export type Decoder<T> = (value: unknown, path: string) => T;

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const string: Decoder<string> = (value, path) => {
  if (typeof value !== 'string') throw new DecodeError(path, 'a text', value);
  return value;
};

export const number: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DecodeError(path, 'a number', value);
  return value;
};

export const integer: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new DecodeError(path, 'a whole number', value);
  return value;
};

export const boolean: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new DecodeError(path, 'true or false', value);
  return value;
};

export function oneOf<const T extends string>(...words: readonly T[]): Decoder<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new DecodeError(path, `one of ${words.join(', ')}`, value);
    return found;
  };
}

/** Null stays null, and what is absent becomes it: fields may be added to the contract, so an older server
 *  may not have one. */
export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value, path) => (value === null || value === undefined ? null : inner(value, path));
}

/** What is absent is `fallback`; null is an error like any other wrong value. */
export function optional<T>(inner: Decoder<T>, fallback: T): Decoder<T> {
  return (value, path) => (value === undefined ? fallback : inner(value, path));
}

export function array<T>(inner: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new DecodeError(path, 'a list', value);
    return value.map((item: unknown, index) => inner(item, `${path}[${index}]`));
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields; others are left out. */
export function object<T extends object>(fields: { readonly [K in keyof T]: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    if (!isRecord(value)) throw new DecodeError(path, 'an object', value);
    const decoded: Partial<T> = {};
    for (const key in fields) decoded[key] = fields[key](value[key], path === '' ? key : `${path}.${key}`);
    // Every key of T was set: the loop runs over all of them.
    return decoded as T;
  };
}

export function record<T>(inner: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) throw new DecodeError(path, 'an object', value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, inner(item, path === '' ? key : `${path}.${key}`)]),
    );
  };
}

/** The text of an answer, decoded from its root. */
export function decodeWith<T>(decoder: Decoder<T>, value: unknown): T {
  return decoder(value, '');
}
