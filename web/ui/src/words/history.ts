import { catalogue } from '../lib/locale.svelte';

export const history = catalogue(
  {
    events: 'Events',
    none: 'Nothing happened yet',
    noneText: 'What happens to the device shows here by itself.',
    audit: 'Audit: what people did',
    noAudit: 'Nobody changed anything on it.',
  },
  {
    events: '事件',
    none: '暂无事件',
    noneText: '终端发生的事件会自动显示在这里。',
    audit: '审计:人工操作',
    noAudit: '没有人工操作记录。',
  },
);
