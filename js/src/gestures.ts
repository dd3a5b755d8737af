// What a person does on the stage with pointers and wheel.

/** Hears what was meant. Distances are in CSS pixels. */
export interface Gestures {
  /** A drag with one finger or the left button. */
  window(right: number, down: number): void;
  pan(right: number, down: number): void;
  /** Zoom towards a place on the screen. */
  zoom(factor: number, at: { x: number; y: number }): void;
  /** Images on (1) or back (-1). */
  step(images: number): void;
}

/** Wheel distance that counts as one image where a device sends small steps. */
const STEP = 40;

/** Listens on an element; nothing more is heard once the signal is aborted. */
export function listen(stage: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let pans = false;
  stage.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button === 2) return;
      stage.setPointerCapture(event.pointerId);
      pans = event.shiftKey || event.button === 1;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    { signal },
  );
  stage.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = { x: event.clientX, y: event.clientY };
      const [right, down] = [now.x - before.x, now.y - before.y];
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const apart = (place: { x: number; y: number }) => Math.hypot(place.x - other.x, place.y - other.y);
        if (apart(before) > 0) gestures.zoom(apart(now) / apart(before), other);
        gestures.pan(right / 2, down / 2);
      } else if (pans) gestures.pan(right, down);
      else gestures.window(right, down);
      pointers.set(event.pointerId, now);
    },
    { signal },
  );
  for (const name of ['pointerup', 'pointercancel'] as const) {
    stage.addEventListener(name, (event) => pointers.delete(event.pointerId), { signal });
  }
  let wheeled = 0;
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      // A pinch on a trackpad comes as a wheel with Ctrl.
      if (event.ctrlKey) {
        gestures.zoom(Math.exp(-event.deltaY / 200), { x: event.clientX, y: event.clientY });
        return;
      }
      wheeled += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * STEP;
      const images = Math.trunc(wheeled / STEP);
      wheeled -= images * STEP;
      if (images) gestures.step(Math.sign(images));
    },
    { signal, passive: false },
  );
}
