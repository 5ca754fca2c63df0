// Wheel, dragging with Shift and touch, as movements of the window. Many events in one frame are one
// movement.
import { type TimeWindow, panned, spanOf, wheelFactor, zoomed } from './timeWindow';

export interface GestureHost {
  readonly window: () => TimeWindow;
  readonly extent: () => TimeWindow;
  /** Whether a plain wheel is for the chart: it has the focus; else the page scrolls. */
  readonly ownsWheel: () => boolean;
  readonly onWindow: (window: TimeWindow) => void;
  /** One finger over the whole run reads it: pixels from the plot's left edge. */
  readonly onTouch: (left: number) => void;
}

/** Listens on the plotting area until the answer is called. */
export function attachGestures(area: HTMLElement, host: GestureHost): () => void {
  const mover = createMover(host);
  const share = (clientX: number) => {
    const box = area.getBoundingClientRect();
    return box.width > 0 ? (clientX - box.left) / box.width : 0.5;
  };
  const secondsOf = (pixels: number) =>
    (pixels / Math.max(area.getBoundingClientRect().width, 1)) * spanOf(mover.now());
  const timeAt = (clientX: number) => mover.now().from + share(clientX) * spanOf(mover.now());
  const zoomAt = (clientX: number, factor: number) =>
    mover.move((window, extent) => zoomed(window, extent, timeAt(clientX), factor));
  const panBy = (pixels: number) => mover.move((window, extent) => panned(window, extent, secondsOf(pixels)));

  const onWheel = (event: WheelEvent) => {
    const isPinch = event.ctrlKey || event.metaKey;
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    const isSideways = Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY);
    if (!isPinch && !isSideways && !host.ownsWheel()) return;
    event.preventDefault();
    if (isSideways && !isPinch) panBy(sideways);
    else zoomAt(event.clientX, wheelFactor(event.deltaY, isPinch));
  };

  const held = new Map<number, number>();
  const touched = (event: PointerEvent) => {
    const before = held.get(event.pointerId);
    if (before === undefined) return;
    const others = [...held].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    held.set(event.pointerId, event.clientX);
    const [other] = others;
    if (other !== undefined) {
      const was = Math.max(Math.abs(before - other), 10);
      const is = Math.max(Math.abs(event.clientX - other), 10);
      zoomAt((event.clientX + other) / 2, was / is);
    } else if (event.pointerType === 'touch' && spanOf(mover.now()) >= spanOf(host.extent())) {
      host.onTouch(event.clientX - area.getBoundingClientRect().left);
    } else {
      panBy(before - event.clientX);
    }
  };
  const onDown = (event: PointerEvent) => {
    const isPan = event.button === 1 || (event.button === 0 && event.shiftKey);
    if (event.pointerType !== 'touch' && !isPan) return;
    if (event.pointerType !== 'touch') event.preventDefault();
    held.set(event.pointerId, event.clientX);
    area.setPointerCapture(event.pointerId);
  };
  const onUp = (event: PointerEvent) => held.delete(event.pointerId);

  area.style.touchAction = 'pan-y';
  area.addEventListener('wheel', onWheel, { passive: false });
  area.addEventListener('pointerdown', onDown);
  area.addEventListener('pointermove', touched);
  area.addEventListener('pointerup', onUp);
  area.addEventListener('pointercancel', onUp);
  return () => {
    mover.stop();
    area.removeEventListener('wheel', onWheel);
    area.removeEventListener('pointerdown', onDown);
    area.removeEventListener('pointermove', touched);
    area.removeEventListener('pointerup', onUp);
    area.removeEventListener('pointercancel', onUp);
  };
}

type Movement = (window: TimeWindow, extent: TimeWindow) => TimeWindow;

/** Adds up movements and tells the last of a frame. */
function createMover(host: GestureHost) {
  let pending: TimeWindow | null = null;
  let frame = 0;
  return {
    now: () => pending ?? host.window(),
    move: (movement: Movement) => {
      pending = movement(pending ?? host.window(), host.extent());
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        if (pending !== null) host.onWindow(pending);
        pending = null;
      });
    },
    stop: () => {
      if (frame !== 0) cancelAnimationFrame(frame);
    },
  };
}
