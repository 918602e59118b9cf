import { catalogue } from '../lib/locale.svelte';

export const editor = catalogue(
  {
    found: (wrong: number, warnings: number) => [wrong ? `${wrong} ${wrong === 1 ? 'mistake' : 'mistakes'}` : '', warnings ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : ''].filter(Boolean).join(', '),
    at: (line: number, column: number) => (column ? `Line ${line}, column ${column}` : `Line ${line}`),
    good: 'No mistakes',
  },
  {
    found: (wrong: number, warnings: number) => [wrong ? `${wrong} 处错误` : '', warnings ? `${warnings} 处警告` : ''].filter(Boolean).join(','),
    at: (line: number, column: number) => (column ? `第 ${line} 行第 ${column} 列` : `第 ${line} 行`),
    good: '未发现错误',
  },
);
