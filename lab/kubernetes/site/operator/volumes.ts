import type { MattermostSpec } from './mattermost.ts';

export const FILES_MOUNT = '/mattermost/data';
/** Velero's file-system backup is told to take this volume by its name in the pod. */
export const FILES_VOLUME = 'mattermost-data';
const LICENSE_MOUNT = '/mattermost-license';
export const LICENSE_FILE = `${LICENSE_MOUNT}/license`;
const LICENSE_VOLUME = 'mattermost-license';

/** What the pods mount: the file store where it is a volume, the licence, and what the resource adds. */
export function volumesOf({ fileStore, licenseSecret, volumes = [], volumeMounts = [] }: MattermostSpec) {
  const claimName = fileStore?.externalVolume?.volumeClaimName;
  const mounted = [
    ...(claimName === undefined
      ? []
      : [
          {
            volume: { name: FILES_VOLUME, persistentVolumeClaim: { claimName } },
            mount: { name: FILES_VOLUME, mountPath: FILES_MOUNT },
          },
        ]),
    ...(licenseSecret === undefined
      ? []
      : [
          {
            volume: { name: LICENSE_VOLUME, secret: { secretName: licenseSecret } },
            mount: { name: LICENSE_VOLUME, mountPath: LICENSE_MOUNT, readOnly: true },
          },
        ]),
  ];
  return {
    volumes: [...mounted.map(({ volume }) => volume), ...volumes],
    volumeMounts: [...mounted.map(({ mount }) => mount), ...volumeMounts],
  };
}
