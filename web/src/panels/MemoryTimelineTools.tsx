import type { ReactNode } from 'react';

import type { TimeMode } from '../chart/timeAxis';
import { classes } from '../ui/classes';

const buttonClass =
  'inline-flex min-h-7 min-w-7 items-center justify-center border border-line-strong px-2 text-sm first:rounded-l-md last:rounded-r-md hover:bg-raised disabled:text-faint -ml-px first:ml-0';

function Choice<V extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  readonly label: string;
  readonly value: V;
  readonly choices: readonly (readonly [V, string, string])[];
  readonly onChoose: (value: V) => void;
}) {
  return (
    <div role="group" aria-label={label} className="inline-flex">
      {choices.map(([choice, words, title]) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === value}
          title={title}
          onClick={() => onChoose(choice)}
          className={classes(buttonClass, choice === value && 'bg-accent-soft font-medium text-accent')}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

function Tool({
  label,
  disabled = false,
  onPress,
  children,
}: {
  readonly label: string;
  readonly disabled?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onPress}
      className={buttonClass}
    >
      {children}
    </button>
  );
}

export type HeightMode = 'limit' | 'fit';

export interface ToolsProps {
  readonly timeMode: TimeMode;
  readonly onTimeMode: (mode: TimeMode) => void;
  readonly heightMode: HeightMode;
  /** Null: there is no limit to reach up to. */
  readonly onHeightMode: ((mode: HeightMode) => void) | null;
  readonly isWhole: boolean;
  readonly onZoom: (factor: number) => void;
  readonly onReset: () => void;
  /** Null: no peak is known. */
  readonly onPeak: (() => void) | null;
}

export function MemoryTimelineTools(props: ToolsProps) {
  const { timeMode, onTimeMode, heightMode, onHeightMode, isWhole, onZoom, onReset, onPeak } = props;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {onHeightMode !== null && (
        <Choice
          label="Height"
          value={heightMode}
          choices={[
            ['limit', 'To the limit', 'The axis reaches up to the limit'],
            ['fit', 'Fit', 'The axis fits what is shown'],
          ]}
          onChoose={onHeightMode}
        />
      )}
      <Choice
        label="Time"
        value={timeMode}
        choices={[
          ['elapsed', 'Elapsed', 'Time since the start of the run'],
          ['clock', 'Clock', 'Time of day, here'],
        ]}
        onChoose={onTimeMode}
      />
      <div role="group" aria-label="Zoom" className="inline-flex">
        <Tool label="Zoom in" onPress={() => onZoom(0.5)}>
          +
        </Tool>
        <Tool label="Zoom out" disabled={isWhole} onPress={() => onZoom(2)}>
          −
        </Tool>
        {onPeak !== null && (
          <Tool label="Go to the peak" onPress={onPeak}>
            Peak
          </Tool>
        )}
        <Tool label="Show the whole run" disabled={isWhole} onPress={onReset}>
          Whole run
        </Tool>
      </div>
    </div>
  );
}
