/** throttle returns a function that calls another at most once per wait, the last time included: a stream of events never starves it. */
export function throttle(call: () => void, wait = 500): { (): void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      call();
    }, wait);
  };
  return Object.assign(soon, { stop: () => clearTimeout(timer) });
}
