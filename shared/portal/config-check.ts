import { isWellFormed, utf8ByteLength } from './utf8.ts';

/** Where in a config: property names and indexes. */
export type ConfigPath = readonly (string | number)[];

/** One thing wrong with a config; `message` goes on from what `path` names, the other texts are as in `PortalErrorDetails`. */
export interface ConfigProblem {
  path: ConfigPath;
  message: string;
  expected: string;
  got: string;
}

/** `videos[1].quality` */
export function formatPath(path: ConfigPath): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'config' : text.replace(/^\./, '');
}

/** Looks at one value; `path` is where it is. */
export type Check = (value: unknown, path: ConfigPath) => ConfigProblem | null;

/** A value as an error shows it: short, and no text of a file beyond 40 characters. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return String(value);
}

export function problem(path: ConfigPath, message: string, expected: string, value: unknown): ConfigProblem {
  return { path, message, expected, got: describe(value) };
}

export const boolean: Check = (value, path) => (typeof value === 'boolean' ? null : problem(path, 'is no boolean', 'true or false', value));

export function integer(min: number, max: number): Check {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? null
      : problem(path, typeof value === 'number' ? 'is out of range' : 'is no number', `a whole number from ${min} to ${max}`, value);
}

export function positive(max: number): Check {
  return (value, path) =>
    typeof value === 'number' && value > 0 && value <= max
      ? null
      : problem(path, typeof value === 'number' ? 'is out of range' : 'is no number', `a number above 0, at most ${max}`, value);
}

export function oneOf(words: readonly string[]): Check {
  return (value, path) =>
    typeof value === 'string' && words.includes(value) ? null : problem(path, 'is not a known word', `one of ${words.join(', ')}`, value);
}

/** A name that can cross the wire and be a property of a plain object. */
export function name(maxBytes: number): Check {
  return (value, path) => {
    if (typeof value !== 'string') return problem(path, 'is no text', 'a name', value);
    if (value === '') return problem(path, 'is empty', 'a name of at least one character', value);
    if (value === '__proto__' || !isWellFormed(value)) return problem(path, 'cannot be used as a name', 'another name', value);
    if (utf8ByteLength(value) > maxBytes) return problem(path, 'is too long', `at most ${maxBytes} bytes of UTF-8`, value);
    return null;
  };
}

/** Null and undefined pass, both meaning "the default". */
export function optional(check: Check): Check {
  return (value, path) => (value === undefined || value === null ? null : check(value, path));
}

/** A map of these keys and no others, each looked at in this order. */
export function record(checks: Readonly<Record<string, Check>>): Check {
  const allowed = Object.keys(checks);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return problem(path, 'is no map', `a map of ${allowed.join(', ')}`, value);
    const unknown = Object.keys(value).find((key) => !allowed.includes(key));
    if (unknown !== undefined) return problem([...path, unknown], 'is not a known key', `one of ${allowed.join(', ')}`, unknown);
    for (const key of allowed) {
      const found = (checks[key] as Check)((value as Record<string, unknown>)[key], [...path, key]);
      if (found !== null) return found;
    }
    return null;
  };
}

/** A list whose entries pass `check` and have names of their own. */
export function namedList(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return problem(path, 'is no list', 'a list', value);
    const seen = new Set<unknown>();
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      const found = check(entry, [...path, index]);
      if (found !== null) return found;
      const entryName = (entry as { name: unknown }).name;
      if (seen.has(entryName)) return problem([...path, index, 'name'], 'is declared twice', 'a name that is not used before in this list', entryName);
      seen.add(entryName);
    }
    return null;
  };
}

/** The first problem any of the checks finds. */
export function all(...checks: readonly Check[]): Check {
  return (value, path) => {
    for (const check of checks) {
      const found = check(value, path);
      if (found !== null) return found;
    }
    return null;
  };
}
