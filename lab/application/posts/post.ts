import type { FileRow } from '../files.ts';

export interface PostRow {
  id: string;
  createat: number;
  updateat: number;
  editat: number;
  deleteat: number;
  userid: string;
  channelid: string;
  rootid: string;
  originalid: string;
  message: string;
  type: string;
  props: Record<string, unknown> | null;
  hashtags: string;
  fileids: string;
  hasreactions: boolean | null;
  ispinned: boolean;
  remoteid: string | null;
  replycount: number;
}

const OWN_COLUMNS = `p.id, p.createat, p.updateat, p.editat, p.deleteat, p.userid, p.channelid, p.rootid, p.originalid,
  p.message, p.type, p.props, p.hashtags, p.fileids, p.hasreactions, p.ispinned, p.remoteid`;

/** Posts with the number of replies in their thread, from the counter that every reply keeps up. */
export const SELECT_POSTS = `SELECT ${OWN_COLUMNS}, coalesce(t.replycount, 0) AS replycount FROM posts p
  LEFT JOIN threads t ON t.postid = CASE WHEN p.rootid = '' THEN p.id ELSE p.rootid END`;

/** Posts that come along as context of others; the official server leaves their number of replies at 0. */
export const SELECT_CONTEXT_POSTS = `SELECT ${OWN_COLUMNS}, 0 AS replycount FROM posts p`;

export interface ReactionJson {
  user_id: string;
  post_id: string;
  emoji_name: string;
  create_at: number;
  update_at: number;
  delete_at: number;
  remote_id: string;
  channel_id: string;
}

export interface PostMetadata {
  embeds?: unknown[];
  emojis?: unknown[];
  files?: unknown[];
  images?: Record<string, unknown>;
  reactions?: ReactionJson[];
}

export function postJson(
  post: PostRow,
  metadata?: PostMetadata,
  pendingPostId = '',
): Record<string, unknown> {
  return {
    id: post.id,
    create_at: post.createat,
    update_at: post.updateat,
    edit_at: post.editat,
    delete_at: post.deleteat,
    is_pinned: post.ispinned,
    user_id: post.userid,
    channel_id: post.channelid,
    root_id: post.rootid,
    original_id: post.originalid,
    message: post.message,
    type: post.type,
    props: post.props ?? {},
    hashtags: post.hashtags,
    file_ids: fileIdsOf(post),
    pending_post_id: pendingPostId,
    ...(post.hasreactions && { has_reactions: true }),
    remote_id: post.remoteid ?? '',
    reply_count: post.replycount,
    last_reply_at: 0,
    participants: null,
    ...(metadata && { metadata }),
  };
}

export function fileIdsOf(post: Pick<PostRow, 'fileids'>): string[] {
  try {
    const ids: unknown = JSON.parse(post.fileids || '[]');
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return [];
  }
}

export function fileJson(file: FileRow): object {
  return {
    id: file.id,
    user_id: file.creatorid,
    ...(file.postid && { post_id: file.postid }),
    channel_id: file.channelid,
    create_at: file.createat,
    update_at: file.updateat,
    delete_at: file.deleteat,
    name: file.name,
    extension: file.extension,
    size: file.size,
    mime_type: file.mimetype,
    ...(file.width > 0 && { width: file.width }),
    ...(file.height > 0 && { height: file.height }),
    ...(file.haspreviewimage && { has_preview_image: true }),
    mini_preview: file.minipreview ? file.minipreview.toString('base64') : null,
    remote_id: file.remoteid ?? '',
    archived: file.archived,
  };
}
