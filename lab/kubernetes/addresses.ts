import type { SiteAddresses } from '../underway.ts';

/**
 * The network of the Kubernetes lab: a namespace of its own without uplink, so that the same addresses do for every lab.
 * Pods, the lab's servers and a drill's programs reach each other at the bridge's addresses.
 */
export const BRIDGE = {
  name: 'muster0',
  /** The node, the API server and the bucket. */
  node: '10.200.0.1',
  mask: 24,
};

/** In place of those that the plain lab has on the loopback. */
export const SITE_ADDRESSES: SiteAddresses = {
  primary: '10.200.0.10',
  scratch: '10.200.0.20',
  primaryIdp: '10.200.0.11',
  secondaryIdp: '10.200.0.21',
  database: '10.200.0.12',
  scratchDatabase: '10.200.0.22',
};

export const POD_RANGE = '10.244.0.0/24';
export const SERVICE_RANGE = '10.96.0.0/24';
/** The first address of that range: where pods find the API server. */
export const API_SERVICE = '10.96.0.1';
export const API_PORT = 6443;
