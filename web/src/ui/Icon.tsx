const paths = {
  good: 'M3.5 8.5l3 3 6-7',
  warning: 'M8 2.2l6.300 11.300H1.700L8 2.200zM8 6.500v3.200M8 11.800v.1',
  critical: 'M5.300 1.800h5.400l3.500 3.500v5.400l-3.500 3.500H5.300l-3.500-3.500V5.300l3.500-3.500zM8 4.800v3.800M8 11v.1',
  info: 'M8 1.800a6.200 6.200 0 110 12.400A6.200 6.200 0 018 1.800zM8 7.300v4M8 4.800v.1',
  chart: 'M2 13.500h12M3.500 11l3-4 2.500 2 3.500-5',
  chevron: 'M6 3.500l4.500 4.500L6 12.500',
  back: 'M10 3.500L5.500 8l4.500 4.500',
  up: 'M4 9.500L8 5.500l4 4',
  down: 'M4 6.500l4 4 4-4',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.500 5.500V2.500h8v8h-3M2.500 5.500h8v8h-8z',
  download: 'M8 2.500v7.500M4.800 7L8 10.200 11.200 7M2.500 13.500h11',
  sun: 'M8 5.200a2.800 2.800 0 110 5.600 2.800 2.800 0 010-5.600zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.500 9.800A5.800 5.800 0 016.200 2.500a5.800 5.800 0 107.300 7.300z',
  system: 'M2 3h12v8H2zM5.500 13.500h5M8 11v2.500',
  refresh: 'M13.200 6.500A5.500 5.500 0 003.300 5M2.800 9.500a5.500 5.500 0 009.900 1.500M3 2.200V5.200h3M13 13.800v-3h-3',
} as const;

export type IconName = keyof typeof paths;

/** Beside words that say the same: hidden from screen readers. */
export function Icon({ name, size = 16, className }: { readonly name: IconName; readonly size?: number; readonly className?: string }) {
  return (
    <svg
      aria-hidden="true"
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  );
}
