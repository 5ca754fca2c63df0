import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// What jsdom lacks of a browser: enough that a component can be mounted.
HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
  this.open = false;
};
Element.prototype.scrollIntoView = () => undefined;
class NoResize implements ResizeObserver {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
}
function stand(name: string, value: unknown): void {
  for (const place of [window, globalThis])
    if (Reflect.get(place, name) === undefined) Object.defineProperty(place, name, { value, writable: true, configurable: true });
}
stand('ResizeObserver', NoResize);
stand('matchMedia', (media: string) => ({
  matches: false,
  media,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));

// Nothing here is timed: a busy machine only takes longer.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);
