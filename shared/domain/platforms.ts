/**
 * What backups of each platform can do: how they are copied, whether tape takes them, what a restore from tape leads to.
 * Facts of the field as its user guides give them for version 13; where a wizard greys something out, the reason is here.
 */

export type PlatformId =
  | 'vmware-vsphere'
  | 'vmware-cloud-director'
  | 'microsoft-hyper-v'
  | 'nutanix-ahv'
  | 'proxmox-ve'
  | 'scale-hypercore'
  | 'ovirt-kvm'
  | 'hpe-vm-essentials'
  | 'agent'
  | 'aws-ec2'
  | 'azure-vm'
  | 'google-compute'
  | 'kasten'
  | 'database-plugin'
  | 'file-share'
  | 'generic';

export interface Platform {
  id: PlatformId;
  name: string;
  /** What kind of machine it is, as groups in lists. */
  group: 'virtual' | 'physical' | 'cloud' | 'application' | 'files' | 'images';
  /** Copied by an image-level or application-level backup copy job; null: has a secondary repository of its own job. */
  copyKind: 'image' | 'application' | null;
  immediateCopy: boolean;
  periodicCopy: boolean;
  /** Only from external repositories, never to one. */
  externalSource: boolean;
  /** Single machines of a source job can be left out. */
  machineExclusions: boolean;
  /** The backup server has to run Windows in the field's product; this one has no such need. */
  windowsServerOnly: boolean;
  /** Whether a backup to tape job takes its backups. */
  tape: boolean;
  /** In the field a machine can be restored straight from tape; elsewhere the backup goes to a repository first. */
  directFromTapeInTheField: boolean;
  note: string | null;
}

const image = {
  copyKind: 'image',
  immediateCopy: true,
  periodicCopy: true,
  externalSource: false,
  machineExclusions: true,
  windowsServerOnly: false,
  tape: true,
  directFromTapeInTheField: false,
  note: null,
} as const;

/** In the order in which lists show them. */
export const platforms: readonly Platform[] = [
  { ...image, id: 'proxmox-ve', name: 'Proxmox VE', group: 'virtual' },
  { ...image, id: 'scale-hypercore', name: 'Scale Computing HyperCore', group: 'virtual' },
  { ...image, id: 'vmware-vsphere', name: 'VMware vSphere', group: 'virtual', directFromTapeInTheField: true },
  {
    ...image,
    id: 'vmware-cloud-director',
    name: 'VMware Cloud Director',
    group: 'virtual',
    directFromTapeInTheField: true,
  },
  { ...image, id: 'microsoft-hyper-v', name: 'Microsoft Hyper-V', group: 'virtual', directFromTapeInTheField: true },
  {
    ...image,
    id: 'nutanix-ahv',
    name: 'Nutanix AHV',
    group: 'virtual',
    machineExclusions: false,
    note: 'All machines of a source job are copied; single ones cannot be left out.',
  },
  { ...image, id: 'ovirt-kvm', name: 'oVirt KVM', group: 'virtual', windowsServerOnly: true },
  { ...image, id: 'hpe-vm-essentials', name: 'HPE Morpheus VM Essentials', group: 'virtual' },
  {
    ...image,
    id: 'agent',
    name: 'Physical machine (agent)',
    group: 'physical',
    note: 'A cluster is copied as one; whoever owned the backup has no rights on its copy.',
  },
  { ...image, id: 'aws-ec2', name: 'Amazon EC2', group: 'cloud', externalSource: true },
  { ...image, id: 'azure-vm', name: 'Microsoft Azure', group: 'cloud', externalSource: true },
  {
    ...image,
    id: 'google-compute',
    name: 'Google Cloud',
    group: 'cloud',
    externalSource: true,
    windowsServerOnly: true,
  },
  {
    ...image,
    id: 'kasten',
    name: 'Kasten (Kubernetes)',
    group: 'cloud',
    note: 'Copies are restored from the backup console only.',
  },
  {
    ...image,
    id: 'database-plugin',
    name: 'Database (RMAN, SAP HANA, SQL Server plug-in)',
    group: 'application',
    copyKind: 'application',
    periodicCopy: false,
    tape: false,
    note: 'Copied as it appears; without long-term fulls.',
  },
  {
    ...image,
    id: 'file-share',
    name: 'File share or object storage',
    group: 'files',
    copyKind: null,
    immediateCopy: false,
    periodicCopy: false,
    note: 'Copied by a secondary repository of its own backup job.',
  },
  { ...image, id: 'generic', name: 'Disk image', group: 'images' },
];

/** Platforms whose machines are backed up as images of their disks: those that a backup job takes. */
export const imagePlatforms = platforms.filter(({ group }) => group !== 'application' && group !== 'files');
export const platformList = imagePlatforms.map(({ id }) => id).join(', ');
export const isImagePlatform = (id: string): boolean => imagePlatforms.some((platform) => platform.id === id);

const byId = new Map<string, Platform>(platforms.map((platform) => [platform.id, platform]));

/** The platform with that id; undefined for ids this version does not know (they may stand in backups of a newer one). */
export function findPlatform(id: string): Platform | undefined {
  return byId.get(id);
}

/** Its name for people; an unknown id is shown as it is. */
export function platformName(id: string): string {
  return byId.get(id)?.name ?? id;
}

export interface PlatformVerdict {
  possible: boolean;
  code: 'possible' | 'not-a-copy-job' | 'mode' | 'to-external' | 'no-tape' | 'to-repository-first';
  reason: string;
}

/** Whether a backup copy job of that mode can take backups of the platform. */
export function canCopy(
  id: string,
  mode: 'immediate' | 'periodic',
  target: { external: boolean } = { external: false },
): PlatformVerdict {
  const platform = byId.get(id);
  if (target.external)
    return no('to-external', 'An external repository is only read; copies go to a repository of your own.');
  // What a newer version knows is a backup like any other here: files of blocks.
  if (!platform) return yes('Its backups are copied like any image.');
  if (platform.copyKind === null) return no('not-a-copy-job', `${platform.name}: ${platform.note}`);
  if (!(mode === 'immediate' ? platform.immediateCopy : platform.periodicCopy))
    return no('mode', `Backups of ${platform.name} are copied in immediate mode only.`);
  return yes(`Backups of ${platform.name} can be copied.`);
}

/** Whether a backup to tape job can take backups of the platform. */
export function canGoToTape(id: string): PlatformVerdict {
  const platform = byId.get(id);
  return platform && !platform.tape
    ? no('no-tape', `Backups of ${platform.name} cannot be written to tape.`)
    : yes(`Backups of ${platformName(id)} can be written to tape.`);
}

/**
 * How a machine comes back from tape. Never directly: for Proxmox VE and Scale Computing HyperCore that is a rule of the
 * field, for the others it is how this product works.
 */
export function restoreFromTape(id: string): PlatformVerdict {
  const name = platformName(id);
  return no(
    'to-repository-first',
    byId.get(id)?.directFromTapeInTheField
      ? `Restore the backup from tape to a repository first, then the ${name} machine from there.`
      : `Machines of ${name} cannot be restored straight from tape. ` +
          'Restore the backup from tape to a repository first, then the machine from there.',
  );
}

function yes(reason: string): PlatformVerdict {
  return { possible: true, code: 'possible', reason };
}

function no(code: PlatformVerdict['code'], reason: string): PlatformVerdict {
  return { possible: false, code, reason };
}
