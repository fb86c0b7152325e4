import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { CallOptions } from './contract.ts';

/** A server that is there answers at once; one that is gone must not hold a drill up. */
const PATIENCE = seconds(30);

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ApiRequest extends CallOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly contentType?: string;
}

export type ApiServer = (path: string, request?: ApiRequest) => Promise<ApiAnswer>;

/**
 * Asks the API server of a kubeconfig's context, signed in as that says: certificate, token, or the plugin of a cloud.
 * Answers come as they are: objects are held against a backup, where a field that a client does not know counts too.
 */
export function openApiServer(config: KubeConfig, location: string): ApiServer {
  return async (path, { method = 'GET', body, contentType = 'application/json', signal } = {}) => {
    const deadline = AbortSignal.timeout(PATIENCE);
    try {
      const options: RequestOptions = { method, headers: { accept: 'application/json' } };
      await config.applyToHTTPSOptions(options);
      const url = new URL(`${location}${path}`);
      const send = url.protocol === 'http:' ? requestHttp : requestHttps;
      const request = send(url, {
        ...options,
        headers: { ...options.headers, ...(body !== undefined && { 'content-type': contentType }) },
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return { status: response.statusCode ?? 0, body: await text(response) };
    } catch (cause) {
      signal?.throwIfAborted();
      throw new DrillError(
        'CLUSTER_UNREACHABLE',
        deadline.aborted
          ? `the API server ${location} did not answer within ${PATIENCE / 1000} s`
          : `the API server ${location} cannot be reached`,
        { cause, hint: 'Look whether `kubectl version` answers with the same kubeconfig and context.' },
      );
    }
  };
}
