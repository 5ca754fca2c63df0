import { PerformanceAnalysis, type PerformanceAnalysisProps } from '../panels/PerformanceAnalysis';
import { TidemarkRoot, type TidemarkRootProps } from './TidemarkRoot';

export type PerformanceAnalysisPanelProps = PerformanceAnalysisProps & Omit<TidemarkRootProps, 'children'>;

/** The whole panel, in its own root: what a host page's job page takes. */
export function PerformanceAnalysisPanel({ fetcher, theme, style, className, ...analysis }: PerformanceAnalysisPanelProps) {
  return (
    <TidemarkRoot fetcher={fetcher} theme={theme} style={style} className={className}>
      <PerformanceAnalysis {...analysis} />
    </TidemarkRoot>
  );
}
