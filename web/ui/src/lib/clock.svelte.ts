import { createSubscriber } from 'svelte/reactivity';

const tick = createSubscriber((update) => {
  const timer = setInterval(update, 10_000);
  return () => clearInterval(timer);
});

/** now is the time of day, anew every ten seconds while something shows it. */
export function now(): number {
  tick();
  return Date.now();
}
