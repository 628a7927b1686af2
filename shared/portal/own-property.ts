/**
 * Sets `target[name]` as its own property whatever the name: a plain assignment to `__proto__` would change the
 * object's prototype instead, and names come from files and from the wire.
 */
export function setOwn<T>(target: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}
