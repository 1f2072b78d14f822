/** A queue by key. @module */

interface Entry<T> {
  readonly key: number;
  readonly order: number;
  readonly value: T;
}

/** Gives the value with the least key first, equal ones in the order in which they were added: a binary heap. */
export class Soonest<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The least key; infinite when there is none. */
  get nextKey(): number {
    return this.#heap[0]?.key ?? Infinity;
  }

  add(key: number, value: T): void {
    let i = this.#heap.push({ key, order: this.#order++, value }) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Takes the first one out; there has to be one. */
  take(): Entry<T> {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let i = 0;;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (right < this.#heap.length && this.#isBefore(right, least)) least = right;
      if (least === i) return first;
      this.#swap(i, least);
      i = least;
    }
  }

  #isBefore(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i]!, this.#heap[j]!];
    return a.key < b.key || (a.key === b.key && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    [this.#heap[i], this.#heap[j]] = [this.#heap[j]!, this.#heap[i]!];
  }
}
