import type { Call } from './call.ts';

/** Gives what is answered as JSON with status 200, or undefined when it has answered itself. */
export type Handler = (call: Call) => unknown;

export interface RouteOptions {
  /** Open to everyone; every other route needs a session. */
  readonly open?: boolean;
}

export interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
  readonly open: boolean;
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds routes by method and path; a literal segment wins over a `:parameter`. */
export class Router {
  readonly #routes = new Map<string, Route[]>();

  on(method: string, path: string, handler: Handler, { open = false }: RouteOptions = {}): this {
    const segments = path.split('/').slice(1);
    const key = `${method} ${segments.length}`;
    const routes = this.#routes.get(key) ?? [];
    routes.push({ method, segments, handler, open });
    routes.sort((a, b) => specificity(b).localeCompare(specificity(a)));
    this.#routes.set(key, routes);
    return this;
  }

  find(method: string, path: string): Match | undefined {
    const parts = path.split('/').slice(1);
    for (const route of this.#routes.get(`${method} ${parts.length}`) ?? []) {
      const params = matchSegments(route.segments, parts);
      if (params) return { route, params };
    }
    return undefined;
  }
}

function specificity({ segments }: Route): string {
  return segments.map((segment) => (segment.startsWith(':') ? '0' : '1')).join('');
}

function matchSegments(
  segments: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? '';
    if (segment.startsWith(':')) {
      if (part === '') return undefined;
      params[segment.slice(1)] = decodeURIComponent(part);
    } else if (segment !== part) {
      return undefined;
    }
  }
  return params;
}
