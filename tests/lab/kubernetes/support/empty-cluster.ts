import { raiseLab, startStorage } from '../../../../lab/bring-up.ts';
import { SITE_ADDRESSES } from '../../../../lab/kubernetes/addresses.ts';
import { startCluster } from '../../../../lab/kubernetes/cluster.ts';
import { BUCKETS } from '../../../../lab/underway.ts';

/**
 * A cluster that has only the bucket, without a site: `unshare --net node empty-cluster.ts`. Stays until `muster lab
 * down`.
 */
const say = (line: string) => void process.stdout.write(`${line}\n`);
const { kubernetes } = await raiseLab(
  { say, signal: new AbortController().signal, stay: true, kubernetes: true },
  async (lab) => {
    const { s3 } = await startStorage(lab);
    await startCluster(lab, {
      name: 'recovery',
      bucket: { server: s3, bucket: BUCKETS.backups, prefix: 'velero' },
      ingress: { address: SITE_ADDRESSES.scratch, port: lab.sitePort },
    });
  },
);
say(`network ${kubernetes?.network}`);
say(`kubeconfig ${kubernetes?.kubeconfig}`);
