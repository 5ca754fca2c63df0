// What the trainer was doing when: stretches between an event `x_start` and its `x_end`. Pure.

export interface RunEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly details?: unknown;
}

export interface Phase {
  readonly name: string;
  readonly from: number;
  /** Null: it had not ended when the run, or what is known of it, did. */
  readonly to: number | null;
}

/** These begin or end, but are no phase of the trainer's. */
const kNoPhases = new Set(['training', 'worker', 'monitoring']);

/** By time of beginning. A phase within one of its own name counts on its own. */
export function phasesOf(events: readonly RunEvent[]): readonly Phase[] {
  const open = new Map<string, number[]>();
  const phases: Phase[] = [];
  for (const event of [...events].sort((a, b) => a.timestamp - b.timestamp)) {
    const cut = event.type.lastIndexOf('_');
    const name = event.type.slice(0, cut);
    const end = event.type.slice(cut);
    if (cut <= 0 || kNoPhases.has(name)) continue;
    const begun = open.get(name) ?? [];
    if (end === '_start') {
      open.set(name, [...begun, event.timestamp]);
    } else if (end === '_end' && begun.length > 0) {
      phases.push({ name, from: begun[begun.length - 1] ?? event.timestamp, to: event.timestamp });
      open.set(name, begun.slice(0, -1));
    }
  }
  for (const [name, begun] of open) for (const from of begun) phases.push({ name, from, to: null });
  return phases.sort((a, b) => a.from - b.from);
}

const kPhaseNames: Readonly<Record<string, string>> = {
  model_load: 'loading the model',
  latent_caching: 'caching latents',
  text_embedding_caching: 'caching text embeddings',
  sampling: 'sampling',
  checkpoint_save: 'saving',
  train: 'training',
};

export function phaseLabel(name: string): string {
  return kPhaseNames[name] ?? name.replaceAll('_', ' ');
}

/** The innermost phase at a moment; null: none. */
export function phaseAt(phases: readonly Phase[], at: number): Phase | null {
  let found: Phase | null = null;
  for (const phase of phases) {
    if (phase.from > at) break;
    if (phase.to === null || phase.to >= at) found = phase;
  }
  return found;
}
