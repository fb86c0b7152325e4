import type { Client } from 'pg';

/**
 * Those of these hosts that a message shows an image from. The server fetches it whenever somebody reads the message,
 * and no setting keeps it from that (Mattermost's getImagesForPost in server/channels/app/post_metadata.go): no pointer
 * of the site's, but people's own words. They are looked into for this alone, and not told.
 */
export async function hostsOfImages(client: Client, hosts: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const host of hosts) {
    const name = host.replaceAll(/[^a-z0-9]/gi, String.raw`\$&`);
    const { rows } = await client.query(
      `SELECT FROM posts WHERE message ~* $1 OR props::text ~* $2 LIMIT 1`,
      [String.raw`!\[[^]]*\]\(\s*https?://${name}[:/)]`, `"(image|thumb)_url": *"https?://${name}[:/"]`],
    );
    if (rows.length > 0) found.add(host);
  }
  return found;
}
