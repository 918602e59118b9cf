// The labels of the printed work order. They are on paper in one language or in both, whatever the page is in.
export const sheet = {
  en: {
    kinds: { install: 'Install', swap: 'Swap', relocate: 'Relocate', suspend: 'Suspend', resume: 'Resume', modify: 'Change', password: 'New password', transfer: 'Transfer', terminate: 'Terminate' }, modes: { self: 'Self', technician: 'Technician' },
    title: 'Work order', order: 'Order', kind: 'Kind', mode: 'Fitted by', area: 'Area', due: 'Due by', subscriber: 'Subscriber', name: 'Name', phone: 'Phone', address: 'Address',
    service: 'Service', serviceId: 'Service number', package: 'Package', account: 'Account', line: 'Line', node: 'Node', port: 'Port', vlan: 'VLAN', device: 'Device', oldDevice: 'Device to be replaced',
    stbId: 'STBID', mac: 'MAC address', serial: 'Serial number', code: 'Activation code', scan: 'Scan to open the order', how: 'How to activate',
    steps: 'Connect and switch on the device. When its page asks, type the STBID and the activation code; or open the order on the phone and type the code there. Wait until the page says it is done.',
    self: 'Connect and switch on the device. It sets itself up within a few minutes.', signature: 'Signature of the subscriber', technician: 'Technician', date: 'Date', received: 'Received', blank: '(to be filled in)',
  },
  zh: {
    kinds: { install: '新装', swap: '换机', relocate: '移机', suspend: '停机', resume: '复机', modify: '套餐变更', password: '改密', transfer: '过户', terminate: '拆机' }, modes: { self: '自助', technician: '装维上门' },
    title: '装维工单', order: '工单号', kind: '类型', mode: '安装方式', area: '区域', due: '要求完成', subscriber: '用户', name: '姓名', phone: '电话', address: '地址',
    service: '业务', serviceId: '业务编号', package: '套餐', account: '账号', line: '线路', node: '局点', port: '端口', vlan: 'VLAN', device: '终端', oldDevice: '被更换终端',
    stbId: 'STBID', mac: 'MAC 地址', serial: '序列号', code: '激活码', scan: '扫码打开工单', how: '激活步骤',
    steps: '连接终端并通电。终端页面提示时输入 STBID 和激活码，或用手机打开工单输入激活码。等待页面提示完成。',
    self: '连接终端并通电，几分钟内自动完成开通。', signature: '用户签字', technician: '装维人员', date: '日期', received: '受理时间', blank: '(现场补填)',
  },
} as const;

export type SheetWord = Exclude<keyof typeof sheet.en, 'kinds' | 'modes'>;
