// The components for other pages: no router, no style beyond `.tm-root`, data through one fetcher.
import './library.css';

export { ApiError, createClient, pageFetcher, type Client, type Fetcher } from '../api/client';
export { ClientProvider, useClient } from '../api/ClientContext';
export type * from '../api/types';
export { ApplyDialog } from '../panels/ApplyDialog';
export { Causes } from '../panels/Causes';
export { LogErrors } from '../panels/LogErrors';
export { MemoryTimeline } from '../panels/MemoryTimeline';
export { PeakBreakdown } from '../panels/PeakBreakdown';
export { PerformanceAnalysis, type PerformanceAnalysisProps } from '../panels/PerformanceAnalysis';
export { RecommendationList } from '../panels/RecommendationList';
export { RunsAndQuality } from '../panels/RunsAndQuality';
export { SummaryCard } from '../panels/SummaryCard';
export { WhatIf } from '../panels/WhatIf';
export { PerformanceAnalysisPanel, type PerformanceAnalysisPanelProps } from './PerformanceAnalysisPanel';
export { TidemarkRoot, type TidemarkRootProps } from './TidemarkRoot';
