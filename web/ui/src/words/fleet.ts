import { catalogue } from '../lib/locale.svelte';

/** States of devices, tasks and batches, and kinds of tasks, as far as the pages of the fleet name them. */
export const fleet = catalogue(
  {
    device: {
      unknown: 'Unknown', inStock: 'In stock', onlineUnbound: 'Online, not bound', codeRequired: 'Code required', locked: 'Locked', upgrading: 'Upgrading', configuring: 'Being configured',
      inService: 'In service', suspended: 'Suspended', quarantine: 'Quarantine', wipePending: 'To be wiped', recycled: 'Recycled', blocked: 'Blocked',
    },
    task: { queued: 'Queued', sent: 'Sent', waiting: 'Device at work', done: 'Done', failed: 'Failed', expired: 'Expired', cancelled: 'Cancelled' },
    batch: { running: 'Running', done: 'Done', cancelled: 'Cancelled', aborted: 'Given up' },
    kind: {
      get: 'Read parameters', set: 'Write parameters', names: 'Read names', addObject: 'Add object', deleteObject: 'Delete object', getAttributes: 'Read attributes', setAttributes: 'Write attributes',
      reboot: 'Reboot', factoryReset: 'Factory reset', download: 'Bring a file', upload: 'Fetch a file', scheduleInform: 'Schedule contact', scheduleDownload: 'Schedule a file', cancelTransfer: 'Cancel transfer',
      queuedTransfers: 'List transfers', setVouchers: 'Set vouchers', getOptions: 'Read options', changeDUState: 'Change software units', rpcMethods: 'List methods', refresh: 'Refresh', recover: 'Recover',
      diagnosePing: 'Ping test', diagnoseTraceroute: 'Traceroute', diagnoseDownload: 'Download test', diagnoseUpload: 'Upload test', diagnoseNSLookup: 'DNS test', diagnoseUDPEcho: 'UDP echo test',
      diagnoseServerSelection: 'Server selection', diagnoseWiFi: 'Wi-Fi scan', diagnoseSelfTest: 'Self test',
    },
  },
  {
    device: {
      unknown: '未知', inStock: '在库', onlineUnbound: '在线未绑定', codeRequired: '待输入激活码', locked: '已锁定', upgrading: '升级中', configuring: '配置下发中',
      inService: '服务中', suspended: '已停机', quarantine: '已隔离', wipePending: '待清除配置', recycled: '已回收', blocked: '已禁用',
    },
    task: { queued: '排队中', sent: '已下发', waiting: '终端执行中', done: '已完成', failed: '失败', expired: '已过期', cancelled: '已取消' },
    batch: { running: '执行中', done: '已完成', cancelled: '已取消', aborted: '已中止' },
    kind: {
      get: '读取参数', set: '设置参数', names: '读取参数名', addObject: '新增对象', deleteObject: '删除对象', getAttributes: '读取参数属性', setAttributes: '设置参数属性',
      reboot: '重启', factoryReset: '恢复出厂设置', download: '下发文件', upload: '上传文件', scheduleInform: '定时上报', scheduleDownload: '定时下发文件', cancelTransfer: '取消传输',
      queuedTransfers: '查看传输队列', setVouchers: '设置凭证', getOptions: '读取选项', changeDUState: '变更软件单元', rpcMethods: '查看支持的方法', refresh: '刷新参数', recover: '一键恢复',
      diagnosePing: 'Ping 诊断', diagnoseTraceroute: '路由跟踪', diagnoseDownload: '下载测速', diagnoseUpload: '上传测速', diagnoseNSLookup: 'DNS 诊断', diagnoseUDPEcho: 'UDP 回显诊断',
      diagnoseServerSelection: '服务器选择诊断', diagnoseWiFi: 'Wi-Fi 扫描', diagnoseSelfTest: '自检',
    },
  },
);
