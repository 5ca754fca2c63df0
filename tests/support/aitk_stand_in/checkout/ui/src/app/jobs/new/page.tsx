import { useEffect } from 'react';

export function copyOf(cloneId: string, data: any, setJobConfig: (config: any) => void) {
  const newJobConfig = JSON.parse(data.job_config);
  newJobConfig.config.name = `${newJobConfig.config.name}_copy`;
  setJobConfig(newJobConfig);
}
