import { useId } from 'react';

import type { ConfigValue } from '../api/types';
import { formatValue } from '../lib/format';
import { classes } from '../ui/classes';
import {
  type ChoiceControl,
  type Control,
  type SettingValues,
  type SliderControl,
  type SwitchControl,
  valueOf,
} from './whatIfSettings';

interface Props {
  readonly controls: readonly Control[];
  readonly values: SettingValues;
  readonly onTurn: (control: Control, value: ConfigValue) => void;
}

export function WhatIfControls({ controls, values, onTurn }: Props) {
  return (
    <div className="grid gap-x-6 gap-y-2.5 sm:grid-cols-2">
      {controls.map((control) => {
        const value = valueOf(values, control);
        const onChange = (next: ConfigValue) => onTurn(control, next);
        if (control.kind === 'slider')
          return <Slider key={control.key} control={control} value={value} onChange={onChange} />;
        if (control.kind === 'switch')
          return <Switch key={control.key} control={control} value={value} onChange={onChange} />;
        return <Choice key={control.key} control={control} value={value} onChange={onChange} />;
      })}
    </div>
  );
}

interface ControlProps<C> {
  readonly control: C;
  readonly value: ConfigValue;
  readonly onChange: (value: ConfigValue) => void;
}

/** What the run had, where it is turned away from it. */
function Before({ shown, children }: { readonly shown: boolean; readonly children: string }) {
  return <span className={classes('text-xs text-muted', !shown && 'invisible')}>was {children}</span>;
}

function Slider({ control, value, onChange }: ControlProps<SliderControl>) {
  const id = useId();
  const at = Math.max(control.stops.indexOf(Number(value)), 0);
  const isTurned = value !== control.value;
  return (
    <div className="min-w-0">
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="text-sm">
          {control.label}
        </label>
        <span className="flex items-baseline gap-2 text-sm">
          <Before shown={isTurned}>{formatValue(control.value)}</Before>
          <output
            htmlFor={id}
            className={classes('min-w-8 text-right font-semibold', isTurned && 'text-accent')}
          >
            {formatValue(value)}
          </output>
        </span>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={control.stops.length - 1}
        step={1}
        value={at}
        aria-valuetext={formatValue(value)}
        onChange={(event) => onChange(control.stops[Number(event.target.value)] ?? control.value)}
        className="h-6 w-full accent-[var(--tm-accent)]"
      />
    </div>
  );
}

function Switch({ control, value, onChange }: ControlProps<SwitchControl>) {
  const id = useId();
  const isOn = value === true;
  return (
    <div className="flex min-h-8 items-center justify-between gap-3">
      <span id={id} className="text-sm">
        {control.label}
      </span>
      <span className="flex items-center gap-2">
        <Before shown={value !== control.value}>{control.value ? 'on' : 'off'}</Before>
        <button
          type="button"
          role="switch"
          aria-checked={isOn}
          aria-labelledby={id}
          onClick={() => onChange(!isOn)}
          className={classes(
            'relative h-5 w-9 shrink-0 rounded-full border transition-colors',
            isOn ? 'border-accent bg-accent' : 'border-line-strong bg-raised',
          )}
        >
          <span
            className={classes(
              'absolute left-0.5 top-0.5 h-3.5 w-3.5 rounded-full transition-transform',
              isOn ? 'translate-x-4 bg-accent-text' : 'bg-muted',
            )}
          />
        </button>
      </span>
    </div>
  );
}

function Choice({ control, value, onChange }: ControlProps<ChoiceControl>) {
  const id = useId();
  return (
    <div className="flex min-h-8 items-center justify-between gap-3">
      <label htmlFor={id} className="text-sm">
        {control.label}
      </label>
      <span className="flex items-center gap-2">
        <Before shown={value !== control.value}>{control.value}</Before>
        <select
          id={id}
          value={formatValue(value)}
          onChange={(event) => onChange(event.target.value)}
          className="min-h-7 rounded-md border border-line-strong bg-surface px-1.5 text-sm"
        >
          {control.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}
