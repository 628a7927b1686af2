import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { setOwn } from './portal/own-property.ts';
import { secretAdvice } from './secret-keys.ts';
import { describeNode, type YamlReader } from './yaml-reading.ts';

/** What a key of a map holds. */
export interface KeyRule {
  /** The key's name in the config. */
  to: string;
  read: YamlReader;
  required: boolean;
  /** What a missing key should hold, for the error. */
  hint: string;
}

/** A key that must be there. */
export function required(to: string, read: YamlReader, hint = 'a value'): KeyRule {
  return { to, read, required: true, hint };
}

/** A key that may be missing or null, both meaning the default. */
export function optional(to: string, read: YamlReader): KeyRule {
  return { to, read, required: false, hint: '' };
}

/** A map of these keys and no others, as an object with the config's names. */
export function map(rules: Readonly<Record<string, KeyRule>>): YamlReader {
  const allowed = Object.keys(rules);
  return (reading, node, path) => {
    if (!isMap(node)) throw reading.error(node, path.file, 'is no map', { expected: `a map of ${allowed.join(', ')}`, got: describeNode(node) });
    const entries = reading.entries(node, path.file);
    for (const [text, { key }] of entries) {
      if (allowed.includes(text)) continue;
      const fix = secretAdvice(text);
      throw reading.error(key, path.file, `has the unknown key '${text.slice(0, 40)}'`, { expected: `one of ${allowed.join(', ')}`, got: `'${text.slice(0, 40)}'`, ...(fix === null ? {} : { fix }) });
    }
    const result: Record<string, unknown> = {};
    for (const key of allowed) {
      const rule = rules[key] as KeyRule;
      const entry = entries.get(key);
      if (entry === undefined) {
        if (rule.required) throw reading.error(node, path.file, `has no '${key}', which is required`, { expected: `${key}: ${rule.hint}`, got: [...entries.keys()].join(', ').slice(0, 80) || 'nothing' });
        continue;
      }
      if (!rule.required && isNull(reading.resolve(entry.value))) continue;
      setOwn(result, rule.to, reading.read(rule.read, entry.value, { file: [...path.file, key], config: [...path.config, rule.to] }));
    }
    return result;
  };
}

/** A list of these. */
export function list(item: YamlReader): YamlReader {
  return (reading, node, path) => {
    if (!isSeq(node)) throw reading.error(node, path.file, 'is no list', { expected: 'a list', got: describeNode(node) });
    return (node.items as Node[]).map((entry, index) => reading.read(item, entry, { file: [...path.file, index], config: [...path.config, index] }));
  };
}

/** A scalar's text, whatever it looks like: types come from the schema, as in the peer, so that a name may be `5`. */
export const name: YamlReader = (reading, node, path) => {
  if (isScalar(node) && !isNull(node)) return String(node.value);
  throw reading.error(node, path.file, 'is no text', { expected: 'a name', got: describeNode(node) });
};

/** A whole number, decimal or with `0x`, `0o`, `0b`. */
export const integer: YamlReader = (reading, node, path) => {
  const text = scalarText(node).replaceAll('_', '');
  const [, sign, digits] = /^([+-]?)(0x[0-9a-f]+|0o[0-7]+|0b[01]+|0|[1-9][0-9]*)$/i.exec(text) ?? [];
  if (digits === undefined) throw reading.error(node, path.file, 'is no whole number', { expected: 'a whole number', got: describeNode(node) });
  return sign === '-' ? 0 - Number(digits) : Number(digits);
};

/** A number, whole or not. */
export const number: YamlReader = (reading, node, path) => {
  const text = scalarText(node);
  if (/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return Number(text);
  throw reading.error(node, path.file, 'is no number', { expected: 'a number', got: describeNode(node) });
};

/** `true` or `false`, or one of YAML 1.1's other words for them, which the peer takes too. */
export const boolean: YamlReader = (reading, node, path) => {
  const text = scalarText(node).toLowerCase();
  if (['true', 'yes', 'on', 'y'].includes(text)) return true;
  if (['false', 'no', 'off', 'n'].includes(text)) return false;
  throw reading.error(node, path.file, 'is no boolean', { expected: 'true or false', got: describeNode(node) });
};

/** One of these words in any case; `aliases` are other spellings, in lower case. */
export function word(words: readonly string[], what: string, aliases: Readonly<Record<string, string>> = {}): YamlReader {
  return (reading, node, path) => {
    const text = scalarText(node).toLowerCase();
    const known = words.find((candidate) => candidate === text) ?? (Object.hasOwn(aliases, text) ? aliases[text] : undefined);
    if (known !== undefined) return known;
    throw reading.error(node, path.file, `is the unknown ${what} ${describeNode(node)}`, { expected: `one of ${words.join(', ')}`, got: describeNode(node) });
  };
}

/** Trimmed text of a scalar; empty for anything else, which no reader of a typed scalar takes. */
function scalarText(node: Node): string {
  return isScalar(node) ? String(node.value ?? '').trim() : '';
}

function isNull(node: Node): boolean {
  return isScalar(node) && (node.value === null || (node.type === 'PLAIN' && /^(~|null|)$/i.test(String(node.value))));
}
