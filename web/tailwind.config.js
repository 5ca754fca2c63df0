const colour = (name, fallback) => `var(--tm-${name}, ${fallback})`;

// Every rule is bound to .tm-root, so that the panels can stand in a page with a Tailwind of its own. The colours
// are theme.css's variables.
export default {
  content: ['./index.html', './src/**/*.{ts,tsx}'],
  important: '.tm-root',
  corePlugins: { preflight: false, container: false },
  theme: {
    colors: {
      transparent: 'transparent',
      current: 'currentColor',
      bg: colour('bg', '#f6f7f9'),
      surface: colour('surface', '#fff'),
      raised: colour('raised', '#f1f3f6'),
      line: colour('border', '#dfe3e9'),
      'line-strong': colour('border-strong', '#c3cad4'),
      text: colour('text', '#17202c'),
      muted: colour('muted', '#566273'),
      faint: colour('faint', '#6b7686'),
      accent: colour('accent', '#1d5fd1'),
      'accent-text': colour('accent-text', '#fff'),
      'accent-soft': colour('accent-soft', '#e6effd'),
      good: colour('good', '#16764a'),
      'good-soft': colour('good-soft', '#e2f4ea'),
      warning: colour('warning', '#8f5600'),
      'warning-soft': colour('warning-soft', '#fdf0d8'),
      critical: colour('critical', '#b4231f'),
      'critical-soft': colour('critical-soft', '#fde8e6'),
      info: colour('info', '#3c5a86'),
      'info-soft': colour('info-soft', '#e8eef7'),
      added: colour('added', '#16764a'),
      'added-soft': colour('added-soft', '#e2f4ea'),
      removed: colour('removed', '#b4231f'),
      'removed-soft': colour('removed-soft', '#fde8e6'),
    },
    fontFamily: { sans: ['var(--tm-font)'], mono: ['var(--tm-mono)'] },
    fontSize: {
      xs: ['11.5px', '16px'],
      sm: ['13px', '19px'],
      base: ['14px', '20px'],
      lg: ['16px', '23px'],
      xl: ['19px', '27px'],
      '2xl': ['23px', '31px'],
    },
    extend: {
      boxShadow: { card: 'var(--tm-shadow)' },
      animation: { pulse: 'tm-pulse 2s ease-in-out infinite' },
      keyframes: { 'tm-pulse': { '50%': { opacity: '0.45' } } },
    },
  },
};
