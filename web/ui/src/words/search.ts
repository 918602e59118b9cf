import { catalogue } from '../lib/locale.svelte';

export const searching = catalogue(
  {
    title: 'Search',
    results: (q: string) => `Found for “${q}”`,
    exact: 'Exact',
    near: 'Close to it',
    kinds: { device: 'Device', service: 'Service', order: 'Order', stock: 'In the warehouse', lease: 'Address' },
    what: 'What are you looking for?',
    whatText: 'Type a MAC address in any form, a serial number, an STBID, an account, an order number, a telephone number, an IP address or a name. Press / anywhere to get here.',
    nothing: (q: string) => `Nothing is called “${q}”`,
    nothingText: 'Numbers must be complete; of a name its beginning is enough. A device that no order names may be among the unmatched.',
    unmatched: 'Unmatched devices',
  },
  {
    title: '搜索',
    results: (q: string) => `“${q}”的搜索结果`,
    exact: '完全匹配',
    near: '相近结果',
    kinds: { device: '终端', service: '业务', order: '工单', stock: '库存', lease: '地址租约' },
    what: '要查找什么？',
    whatText: '输入任意格式的 MAC 地址、序列号、STBID、账号、工单号、电话号码、IP 地址或姓名。在任何页面按 / 键即可搜索。',
    nothing: (q: string) => `没有找到“${q}”`,
    nothingText: '编号须输入完整，姓名输入开头即可。没有工单的终端请到“未匹配终端”中查看。',
    unmatched: '未匹配终端',
  },
);
