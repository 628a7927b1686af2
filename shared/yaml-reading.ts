import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml';
import { type ConfigPath, formatPath } from './portal/config-check.ts';
import { PortalError } from './portal/errors.ts';

/** Where something was read: its node, and its path in the file's own key names. */
export interface YamlPlace {
  node: Node;
  path: ConfigPath;
}

/** Path of a value in the file's key names, and in the config's. */
export interface ReadPath {
  file: ConfigPath;
  config: ConfigPath;
}

/** Reads one node (never an alias) as a value of the schema. */
export type YamlReader = (reading: YamlReading, node: Node, path: ReadPath) => unknown;

/** Nodes one file may be read as. Aliases can make a small file mean millions of them. */
const MAX_NODES = 100_000;
const MAX_MERGE_DEPTH = 8;

/** One pass over a YAML text with a schema in hand: it knows the position of everything it has read. */
export class YamlReading {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Node, Node>();
  readonly #places = new Map<string, YamlPlace>();
  readonly #document: Document.Parsed;
  #nodesLeft = MAX_NODES;

  /** Throws YAML_INVALID where `text` is not one YAML document. */
  constructor(text: string, file: string) {
    this.#file = file;
    // failsafe leaves every scalar as text; uniqueKeys would compare each key with each other, and `entries` refuses doubles anyway.
    const options = { lineCounter: this.#lines, schema: 'failsafe', uniqueKeys: false, prettyErrors: false } as const;
    try {
      this.#document = parseDocument(text, options);
      this.#findTargets();
    } catch (thrown) {
      if (thrown instanceof PortalError) throw thrown;
      throw this.#errorAt(0, 'the file cannot be parsed', { got: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown });
    }
  }

  /** What `reader` makes of the whole document. */
  readWith(reader: YamlReader): unknown {
    const contents = this.#document.contents;
    if (contents === null) throw this.#errorAt(0, 'the file is empty', { expected: 'a map that starts with version: 1', got: 'nothing' });
    return this.read(reader, contents, { file: [], config: [] });
  }

  /** Reads one node, through an alias if it is one, and remembers where it was. */
  read(reader: YamlReader, node: Node, path: ReadPath): unknown {
    if (--this.#nodesLeft < 0) throw this.error(node, path.file, 'stands for too many values', { expected: `at most ${MAX_NODES}` });
    this.#places.set(JSON.stringify(path.config), { node, path: path.file });
    return reader(this, this.resolve(node), path);
  }

  /** The node an alias stands for. */
  resolve(node: Node): Node {
    return isAlias(node) ? (this.#targets.get(node) ?? node) : node;
  }

  /** Where the value at `path` (in the config's names) was read, or the nearest thing around it. */
  placeOf(path: ConfigPath): YamlPlace {
    for (let length = path.length; length > 0; length--) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return this.#places.get('[]') as YamlPlace;
  }

  /** Keys and values of a map, merges (`<<`) included; a written key wins over a merged one. */
  entries(mapping: YAMLMap, path: ConfigPath, mergeDepth = 0): Map<string, { key: Node; value: Node }> {
    const found = new Map<string, { key: Node; value: Node }>();
    const merges: Node[] = [];
    for (const pair of mapping.items as Pair<Node, Node | null>[]) {
      if (--this.#nodesLeft < 0) throw this.error(mapping, path, 'stands for too many values', { expected: `at most ${MAX_NODES}` });
      const key = this.resolve(pair.key);
      if (!isScalar(key)) throw this.error(pair.key, path, 'has a key that is no text', { expected: 'a key of plain text', got: describeNode(key) });
      const text = String(key.value ?? '');
      const value = pair.value ?? pair.key;
      if (text === '<<') {
        merges.push(value);
        continue;
      }
      if (found.has(text)) throw this.error(pair.key, [...path, text], 'is given twice', { expected: 'each key once', got: `'${text}' again` });
      found.set(text, { key: pair.key, value });
    }
    for (const merge of merges) this.#mergeInto(found, merge, path, mergeDepth);
    return found;
  }

  /** A YAML_INVALID at `node`; `message` goes on from what `path` names. */
  error(node: Node, path: ConfigPath, message: string, details: { expected?: string; got?: string; fix?: string }): PortalError {
    const subject = path.length === 0 ? 'the file' : formatPath(path);
    return this.#errorAt(node.range?.[0] ?? 0, `${subject} ${message}`, details);
  }

  #mergeInto(found: Map<string, { key: Node; value: Node }>, merge: Node, path: ConfigPath, depth: number): void {
    if (depth >= MAX_MERGE_DEPTH) throw this.error(merge, path, 'merges too deeply', { expected: `at most ${MAX_MERGE_DEPTH} levels` });
    const source = this.resolve(merge);
    for (const part of isSeq(source) ? (source.items as Node[]) : [source]) {
      const mapping = this.resolve(part);
      if (!isMap(mapping)) throw this.error(part, path, 'merges something that is no map', { expected: 'a map or a list of maps', got: describeNode(mapping) });
      for (const [text, entry] of this.entries(mapping, path, depth + 1)) if (!found.has(text)) found.set(text, entry);
    }
  }

  /** Finds each alias's node in one pass: asking the library costs a pass an alias. */
  #findTargets(): void {
    const [error] = this.#document.errors;
    if (error !== undefined) {
      // A stack overflow arrives as a syntax error too.
      const tooDeep = /call stack/i.test(error.message);
      throw this.#errorAt(error.pos[0], tooDeep ? 'the file is nested too deeply' : error.message, {});
    }
    const anchors = new Map<string, Node>();
    visit(this.#document, {
      Node: (_key, node) => {
        if (isAlias(node)) {
          const target = anchors.get(node.source);
          if (target === undefined) throw this.error(node, [], 'refers to an anchor that is not set before', { got: `*${node.source}` });
          this.#targets.set(node, target);
        } else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
          anchors.set(node.anchor, node);
        }
      },
    });
  }

  #errorAt(offset: number, message: string, details: { expected?: string; got?: string; fix?: string; cause?: unknown }): PortalError {
    const { line, col } = this.#lines.linePos(offset);
    return new PortalError('YAML_INVALID', message, { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), ...details });
  }
}

/** A node as an error shows it. */
export function describeNode(node: Node): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  const text = isScalar(node) ? String(node.value ?? '') : String(node);
  return text === '' ? 'nothing' : `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
}
