// The last events of this tab, so that the stream on the first page is not empty when somebody comes back to it.
import { live, type LiveEvent } from './live.svelte';

const kept = 60; // events; older ones are in the journal

class Recent {
  events = $state.raw<LiveEvent[]>([]);
  paused = $state(false);
  #held: LiveEvent[] = [];
  held = $state(0); // events that came in while the stream was paused

  /** follow takes events in until what it returns is called. Use it in an $effect. */
  follow(): () => void {
    return live.listen((event) => {
      if (event.type.endsWith('.light')) return; // follows from another event, which is shown
      if (this.paused) {
        this.#held = [event, ...this.#held].slice(0, kept);
        this.held++;
      } else this.#add([event]);
    });
  }

  pause(): void {
    this.paused = true;
  }

  goOn(): void {
    this.paused = false;
    this.#add(this.#held);
    this.#held = [];
    this.held = 0;
  }

  #add(more: LiveEvent[]): void {
    this.events = [...more, ...this.events].slice(0, kept);
  }
}

export const recent = new Recent();
