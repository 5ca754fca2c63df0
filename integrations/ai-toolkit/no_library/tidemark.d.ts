import type { CSSProperties, JSX } from 'react';

export type Fetcher = (path: string, init?: RequestInit) => Promise<Response>;
export interface SettingChange {
  readonly config_path: string;
  readonly value: string | number | boolean | null;
}
export function PerformanceAnalysisPanel(props: {
  readonly jobId: string;
  readonly isLive?: boolean;
  readonly fetcher?: Fetcher;
  readonly theme?: 'system' | 'light' | 'dark' | 'class';
  readonly style?: CSSProperties;
  readonly className?: string;
  readonly onApply?: (changes: readonly SettingChange[]) => void;
}): JSX.Element;
