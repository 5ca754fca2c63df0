import type { ButtonHTMLAttributes } from 'react';

import { classes } from './classes';
import { Icon, type IconName } from './Icon';

type Kind = 'primary' | 'plain' | 'quiet';

const kindClass: Readonly<Record<Kind, string>> = {
  primary: 'bg-accent text-accent-text hover:brightness-110 disabled:opacity-50',
  plain: 'border border-line-strong bg-surface hover:bg-raised disabled:opacity-50',
  quiet: 'text-muted hover:bg-raised hover:text-text disabled:opacity-50',
};

export function Button({ kind = 'plain', icon, className, children, ...rest }: {
  readonly kind?: Kind;
  readonly icon?: IconName;
} & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      className={classes(
        'inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md px-3 text-sm font-medium',
        kindClass[kind],
        className,
      )}
      {...rest}
    >
      {icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

/** A word in a text that does something: goes to a place in the chart, opens more. */
export function TextButton({ icon, className, children, ...rest }: { readonly icon?: IconName } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      className={classes('inline-flex items-center gap-1 text-accent underline-offset-2 hover:underline', className)}
      {...rest}
    >
      {icon && <Icon name={icon} size={13} />}
      {children}
    </button>
  );
}
