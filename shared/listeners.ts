/** Who listens to one thing, told at once and in the order they came. What runs a stranger's code is `portal/callbacks.ts`. */
export class Listeners<T = void> {
  readonly #listeners = new Set<(item: T) => void>();

  /** Returns the unsubscribe. */
  add(listener: (item: T) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  tell(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }
}
