import type { ReactNode } from 'react';

import type { Health, LogLevel, RunStatus, Severity } from '../api/types';
import { healthName, statusName } from '../lib/words';
import { classes } from './classes';
import { Icon, type IconName } from './Icon';

export type Tone = 'good' | 'warning' | 'critical' | 'info' | 'neutral';

const toneClass: Readonly<Record<Tone, string>> = {
  good: 'bg-good-soft text-good',
  warning: 'bg-warning-soft text-warning',
  critical: 'bg-critical-soft text-critical',
  info: 'bg-info-soft text-info',
  neutral: 'bg-raised text-muted',
};

export function Badge({ tone, icon, children, large = false }: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly large?: boolean;
}) {
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1 whitespace-nowrap rounded-full font-semibold',
        large ? 'px-3 py-1 text-base' : 'px-2 py-px text-xs',
        toneClass[tone],
      )}
    >
      {icon && <Icon name={icon} size={large ? 16 : 12} />}
      {children}
    </span>
  );
}

export function HealthBadge({ health, large = false }: { readonly health: Health; readonly large?: boolean }) {
  return (
    <Badge tone={health} icon={health} large={large}>
      {healthName[health]}
    </Badge>
  );
}

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  return (
    <Badge tone={severity} icon={severity}>
      {severity}
    </Badge>
  );
}

const levelTone: Readonly<Record<LogLevel, Tone>> = { CRITICAL: 'critical', ERROR: 'critical', WARNING: 'warning' };

export function LevelBadge({ level }: { readonly level: LogLevel }) {
  return (
    <Badge tone={levelTone[level]} icon={level === 'WARNING' ? 'warning' : 'critical'}>
      {level}
    </Badge>
  );
}

const statusTone: Readonly<Record<RunStatus, Tone>> = {
  running: 'info',
  completed: 'good',
  failed: 'critical',
  stopped: 'neutral',
  unknown: 'neutral',
};

export function StatusBadge({ status }: { readonly status: RunStatus }) {
  return (
    <Badge tone={statusTone[status]}>
      {status === 'running' && <span aria-hidden="true" className="h-1.5 w-1.5 animate-pulse rounded-full bg-current" />}
      {statusName[status]}
    </Badge>
  );
}
