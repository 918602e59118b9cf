/** Toasts are short notes of what was done; they are spoken by screen readers and go by themselves. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'failed';
}

class Toasts {
  list = $state<Toast[]>([]);
  #id = 0;

  add(text: string, kind: Toast['kind'] = 'done'): void {
    const id = ++this.#id;
    this.list.push({ id, text, kind });
    setTimeout(() => this.drop(id), kind === 'done' ? 5000 : 12000);
  }

  drop(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
  }
}

export const toasts = new Toasts();
