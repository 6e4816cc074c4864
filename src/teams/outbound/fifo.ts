const compactFrom = 1_024;

/** A queue that takes constant time for each operation. A Map or Set is no queue: finding its first entry passes every entry removed before it. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #first = 0;

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Puts an item before all others; in constant time when one was shifted before. */
  unshift(item: Item): void {
    if (this.#first === 0) return void this.#items.unshift(item);
    this.#first -= 1;
    this.#items[this.#first] = item;
  }

  peek(): Item | undefined {
    return this.#items[this.#first];
  }

  shift(): Item | undefined {
    const item = this.#items[this.#first];
    if (this.#first === this.#items.length) return undefined;
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first >= compactFrom && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
